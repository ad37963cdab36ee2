import { type Forwarder, type RecordStore, standstills, TERMINAL_DEADLINE } from '@ticket-check/check-records';
import type { KeyCache } from '@ticket-check/key-cache';
import { addSeconds, epochOf } from '@ticket-check/protocol';
import type { Clock, HealthCheck } from '@ticket-check/runtime';
import type { ClaimReleases } from './claims/claim-releases.ts';
import type { TerminalClock } from './clock/terminal-clock.ts';
import type { LateQuestions } from './late-news/late-questions.ts';
import type { ScanDiscard } from './scan/discard-scans.ts';
import type { UpstreamLink } from './upstream/upstream-link.ts';

const NOTICED_SECONDS = 86_400;

/**
 * What `GET /health` shows of a terminal: damaged databases that were set aside, how much waits to be sent, what is to be
 * asked or given back, how old its keys are, when the upstream was last heard, what it said late against admissions made
 * without it. A terminal without a network does its work, so only a store that fails makes it unwell.
 */
export function terminalHealth(parts: {
  records: RecordStore;
  forwarder: Forwarder;
  keys: KeyCache;
  link: UpstreamLink;
  releases: ClaimReleases;
  questions: LateQuestions;
  discard: Pick<ScanDiscard, 'discarded'>;
  clock: TerminalClock;
  /** Whether the store takes anything, and the files of damaged ones that were set aside. */
  store: () => Promise<{ ok: boolean; setAside: readonly string[] }>;
  now: Clock;
}): HealthCheck[] {
  const { records, forwarder, keys, link, releases, questions, discard, clock, store, now } = parts;
  const secondsSince = (epochMs: number) => Math.max(0, Math.round((now() - epochMs) / 1000));

  return [
    { name: 'store', run: store },
    {
      name: 'records',
      async run() {
        const overdueBy = { deadline: TERMINAL_DEADLINE, at: clock.now() };
        const { waiting, parked, overdue, oldestUnsent, oldestWaiting, lastDeliveredAt } =
          await records.summary(overdueBy);
        const { holdups } = forwarder.status();
        const standing = standstills(holdups, { oldestWaiting, lastDeliveredAt }, epochOf(clock.now()));
        return {
          ok: true,
          ...(standing.length > 0 && { degraded: true, standstills: standing }),
          waiting,
          parked,
          overdue,
          oldestUnsent,
          oldestUnsentSeconds: oldestUnsent === null ? null : secondsSince(epochOf(oldestUnsent)),
          holdups,
        };
      },
    },
    {
      name: 'claims',
      async run() {
        return { ok: true, toRelease: await releases.count() };
      },
    },
    {
      name: 'scans',
      async run() {
        return { ok: true, discarded: await discard.discarded() };
      },
    },
    {
      name: 'lateNews',
      async run() {
        const { waiting, again, noticed } = await questions.summary(addSeconds(clock.now(), -NOTICED_SECONDS));
        return { ok: true, toAsk: waiting, toAskAgain: again, noticedInLastDay: noticed };
      },
    },
    {
      name: 'keys',
      async run() {
        const cinemas = (await keys.status()).map(({ cinemaCode, count, fetchedAt, alarm }) => ({
          cinemaCode,
          keys: count,
          ageSeconds: fetchedAt === null ? null : secondsSince(fetchedAt),
          alarm,
        }));
        return { ok: true, cinemas };
      },
    },
    {
      name: 'upstream',
      async run() {
        const upstream = await link.upstream();
        const lastContactAt = link.lastContactAt();
        const offset = link.clockOffset();
        return {
          ok: true,
          url: upstream?.url ?? null,
          line: link.line.isUp() ? 'up' : 'down',
          lastContactSeconds: lastContactAt === null ? null : secondsSince(lastContactAt),
          clockOffsetMs: offset?.measured ? offset.offsetMs : null,
          clockTrusted: clock.read().trusted && !clock.stoodBack(),
        };
      },
    },
  ];
}
