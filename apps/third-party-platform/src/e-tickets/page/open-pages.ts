import { randomInt } from 'node:crypto';
import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, type Logger, turn } from '@ticket-check/runtime';
import { type ETicket, type ETicketStore, isOver, stateOf } from '../e-ticket-store.ts';
import type { VerifyETickets } from '../verify-e-tickets.ts';
import type { Shown } from './shown.ts';

const LOOK_MS = 1000;
/** The code is renewed this often, less up to some seconds, so that pages which were opened together are not renewed together. */
const RENEW_MS = 30_000;
const RENEW_JITTER_MS = 5000;
/** A page that received nothing for this long is sent the time, so that it knows that it is in contact. */
const BEAT_MS = 10_000;
/** For each link: a browser on a bad line leaves connections behind, so the oldest gives way. */
const MAX_OF_A_LINK = 3;
/** A page whose connection ended comes again after a time between these, so that after a restart not all do so together. */
const RETRY_FROM_MS = 3000;
const RETRY_UNTIL_MS = 20_000;

type PageStream = { write(text: string): void; end(): void };

type Page = {
  readonly stream: PageStream;
  readonly group: string;
  eTicket: ETicket;
  said: string;
  toldAt: number;
  renewAt: number;
};

export type OpenPages = ReturnType<typeof createOpenPages>;

/**
 * Sends pages changes of their tickets within a second: one timer looks once a second from the first page on, and one read serves all
 * of them. The national platform is asked only about tickets on open pages, each once a minute at most. Scheme 5.1.4.
 */
export function createOpenPages(options: {
  eTickets: Pick<ETicketStore, 'among'>;
  verify: Pick<VerifyETickets, 'verify' | 'due' | 'knownAt'>;
  show(eTicket: ETicket): Promise<Shown>;
  max: number;
  maxOfAnAddress: number;
  now: Clock;
  logger: Pick<Logger, 'error'>;
}) {
  const { eTickets, verify, show, max, maxOfAnAddress, now, logger } = options;
  const pages = new Set<Page>();
  /** The same by link and by address: opening one takes no longer the more are open. */
  const ofLink = new Map<string, Set<Page>>();
  const ofAddress = new Map<string, Set<Page>>();
  const placesOf = ({ eTicket, group }: Page) => [[ofLink, eTicket.tokenHash] as const, [ofAddress, group] as const];
  let timer: ReturnType<typeof setInterval> | undefined;
  let isLooking = false;

  function remove(page: Page): void {
    pages.delete(page);
    for (const [index, key] of placesOf(page)) {
      index.get(key)?.delete(page);
      if (index.get(key)?.size === 0) index.delete(key);
    }
  }

  function end(page: Page, last = ''): void {
    remove(page);
    if (last !== '') page.stream.write(last);
    page.stream.end();
  }

  async function tell(page: Page): Promise<void> {
    page.said = saidOf(page.eTicket, now());
    page.toldAt = performance.now();
    page.renewAt = page.toldAt + RENEW_MS - Math.random() * RENEW_JITTER_MS;
    page.stream.write(event('told', await show(page.eTicket)));
  }

  /** The changes that are sent to a page: its state, and its details as soon as there are any. */
  async function lookAt(page: Page, seen: ETicket): Promise<void> {
    page.eTicket = seen;
    if (page.renewAt <= performance.now() || saidOf(seen, now()) !== page.said) {
      await tell(page);
    } else if (performance.now() - page.toldAt >= BEAT_MS) {
      page.toldAt = performance.now();
      page.stream.write(event('beat', { now: now(), knownAt: await verify.knownAt(page.eTicket) }));
    }
  }

  async function look(): Promise<void> {
    // What was opened while they were read is looked at the next time: it must not count as gone.
    const asked = [...pages];
    const rows = await eTickets.among([...new Set(asked.map(({ eTicket }) => eTicket.tokenHash))]);
    const seen = new Map(rows.map((row) => [row.tokenHash, row]));
    await askAbout(rows);
    const failed: unknown[] = [];
    for (const page of asked) {
      if (!pages.has(page)) continue;
      const row = seen.get(page.eTicket.tokenHash);
      if (row === undefined) end(page, event('gone', {}));
      else await lookAt(page, row).catch((err: unknown) => failed.push(err));
      await turn();
    }
    if (failed.length === 0) return;
    // They are looked at again the next time, and the others have been told.
    logger.error({ err: failed[0], pages: failed.length }, 'failed to show e-ticket pages');
  }

  /** Asks in the background; those that were not asked about for longest go first. */
  async function askAbout(rows: readonly ETicket[]): Promise<void> {
    const clock = wallClockAt(now());
    const due = await verify.due(rows.filter((row) => !isOver(row, clock)));
    if (due.length === 0) return;
    verify
      .verify(due.toSorted((a, b) => a.askedAt - b.askedAt))
      .catch((err: unknown) => logger.error({ err }, 'failed to verify e-tickets'));
  }

  function lookOnce(): void {
    if (isLooking || pages.size === 0) return;
    isLooking = true;
    look()
      // Pages notice by themselves that they receive nothing.
      .catch((err: unknown) => logger.error({ err }, 'failed to read what e-ticket pages show'))
      .finally(() => {
        isLooking = false;
      });
  }

  return {
    hasRoom: (group: string): boolean => pages.size < max && (ofAddress.get(group)?.size ?? 0) < maxOfAnAddress,
    /** Tells a page from now on; answers what ends it. */
    open(eTicket: ETicket, stream: PageStream, group: string): () => void {
      // It came with its code, and has the next one from the next look, with all others that are due.
      const page: Page = { stream, group, eTicket, said: '', toldAt: performance.now(), renewAt: 0 };
      stream.write(`retry: ${randomInt(RETRY_FROM_MS, RETRY_UNTIL_MS)}\n\n`);
      pages.add(page);
      for (const [index, key] of placesOf(page)) index.set(key, (index.get(key) ?? new Set()).add(page));
      const [oldest, ...others] = ofLink.get(eTicket.tokenHash) ?? [];
      if (oldest !== undefined && others.length >= MAX_OF_A_LINK) end(oldest);
      timer ??= setInterval(lookOnce, LOOK_MS);
      return () => remove(page);
    },
    count: () => pages.size,
    /** Sends each page the time: until it has to reconnect it has not lost contact. */
    close() {
      clearInterval(timer);
      for (const page of pages) end(page, event('beat', { now: now() }));
    },
  };
}

const saidOf = (eTicket: ETicket, at: number): string =>
  `${stateOf(eTicket)} ${isOver(eTicket, wallClockAt(at))} ${eTicket.info !== null}`;

const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
