import { setTimeout as delay } from 'node:timers/promises';
import { parseWallClock } from '@ticket-check/protocol';
import { makeBoxOffice, makeUkey, rotateUkey, type Ticket } from '@ticket-check/simulators/box-office';
import { ask, shanghaiTime } from '../../testing/client.ts';
import { sellTicket, sellTickets } from '../../testing/tickets.ts';
import { type Guests, guestsAt } from '../guests.ts';
import { forever, oneByOne } from '../one-by-one.ts';
import { median, recovered, seconds } from '../report.ts';
import { inWorld, type Proof, type World } from '../world.ts';

const FORGED_CODES = 1_000;
const FORGING_SCANNERS = 3;
const ASKERS = ['asker-1', 'asker-2'];
const AFTER_A_FAULT_MS = 50;
/** Also the least time between two Ukeys, which start at whole seconds. */
const SHORTEST_PAUSE_MS = 1_100;
const LONGEST_PAUSE_MS = 4_000;
/** Many times longer than a guest should have to wait, so that what takes too long is measured and not cut off. */
const GIVE_UP_AFTER_MS = 120_000;

/** Rotates a cinema's Ukey under floods of forged codes and of questions for keys: genuine tickets get in at once, forged ones never. Readings K3, K4. */
export const keys: Proof = {
  tried: 'Ukeys rotated under a flood of forged codes',
  unit: 'new Ukeys',
  size: 20,
  run: (run) => inWorld(run, { terminals: 1 }, rotate),
};

async function rotate(world: World): Promise<void> {
  const { site, demo, doors, size, chance, result, observed } = world;
  const guests = guestsAt(doors, [], chance);
  await admit(world, guests, (await world.sell(1))[0]!);
  const requestsBefore = await requestsAt(world);
  const from = performance.now();
  const attack = await flood(world);
  const first: { tookMs: number; scans: number }[] = [];
  try {
    for (; result.times < size; result.times++) {
      await delay(SHORTEST_PAUSE_MS + chance() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
      const { scans } = await admit(world, guests, (await world.sell(1))[0]!);
      if (scans > 1) result.failures.push(`a ticket under a known key took ${scans} scans`);
      rotateUkey(demo.boxOffice, makeUkey(parseWallClock(shanghaiTime())));
      await demo.tell();
      // The key is there before the ticket, whose sale the national platform hears of later.
      first.push(await admit(world, guests, sellTicket(demo.boxOffice)));
      await demo.tell();
    }
  } finally {
    await attack.stop();
  }
  const floodedMs = performance.now() - from;
  const [tookMs, scans] = [first.map((one) => one.tookMs), first.map((one) => one.scans)];
  recovered(result, Math.max(...tookMs));
  await world.drained();
  const requests = (await requestsAt(world)) - requestsBefore;
  const records = await site.list('national-platform', 'records', 'list');
  if (records.length !== guests.seen.length)
    result.failures.push(`${records.length} records at the national platform of ${guests.seen.length} admissions`);
  result.notes.push(
    `the first ticket under a new Ukey took ${seconds(median(tookMs))} and ${median(scans)} scans in the median, ${seconds(Math.max(...tookMs))} and ${Math.max(...scans)} scans at most`,
    `in ${seconds(floodedMs)} of flood the national platform had ${requests} requests`,
  );
  observed.guests.push(...guests.seen);
  await world.hold();
}

/** A guest who scans, and where the terminal says that keys are pending comes again when it says, until admitted. Reading K4. */
async function admit({ doors, result }: World, guests: Guests, ticket: Ticket) {
  const from = performance.now();
  const guest = guests.newGuest(ticket);
  for (let scans = 1; ; scans++) {
    const verdict = await guests.present(guest, doors[0]!);
    const tookMs = performance.now() - from;
    if (verdict?.Verdict === 'ADMIT') return { scans, tookMs };
    if (verdict?.Verdict !== 'KEYS_PENDING' || tookMs > GIVE_UP_AFTER_MS) {
      result.failures.push(`${ticket.filmTicketCode} was answered ${verdict?.Verdict ?? 'nothing'} at scan ${scans}`);
      return { scans, tookMs };
    }
    await delay((verdict.RetryInSeconds ?? 1) * 1000);
  }
}

/** Scans forged codes and asks for the cinema's keys under several accounts until `stop` is called, which judges the answers. */
async function flood({ site, demo, doors, result }: World): Promise<{ stop(): Promise<void> }> {
  const { cinemaCode, cinemaName } = demo.boxOffice.cinema;
  const now = parseWallClock(shanghaiTime());
  // Well-formed codes of the cinema, made with a key that is not the cinema's.
  const codes = sellTickets(makeBoxOffice({ now, cinemaCode, cinemaName }), FORGED_CODES);
  const [verdicts, questions] = [new Map<string, number>(), new Map<string, number>()];
  const count = (counts: Map<string, number>, answer: string) => counts.set(answer, (counts.get(answer) ?? 0) + 1);
  let [next, slowestMs, unanswered] = [0, 0, 0];

  const missed = () => {
    unanswered += 1;
    return delay(AFTER_A_FAULT_MS);
  };
  const flooding = (act: () => Promise<unknown>) => oneByOne(forever(), () => act().catch(missed));
  const forging = Array.from({ length: FORGING_SCANNERS }, () =>
    flooding(async () => {
      const from = performance.now();
      const { Verdict } = await doors[0]!.scan(codes[next++ % codes.length]!.ticketInfoCode);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      count(verdicts, Verdict);
    }),
  );
  const askers = ASKERS.map((name) => site.issue('third-party-platform', name));
  const asking = (await Promise.all(askers)).map((bundle) =>
    flooding(async () => {
      const { PublicKeys, ErrorCode } = await ask(bundle, 'GetPublicKeys', { CinemaCode: cinemaCode });
      count(questions, PublicKeys === undefined ? `${ErrorCode}` : 'keys');
    }),
  );
  return {
    async stop() {
      await Promise.all([...forging, ...asking].map((each) => each.stop()));
      for (const verdict of verdicts.keys())
        if (verdict !== 'NOT_GENUINE' && verdict !== 'KEYS_PENDING')
          result.failures.push(`a forged code was answered ${verdict}`);
      if (unanswered > 0) result.failures.push(`${unanswered} requests of the flood went unanswered`);
      const inWords = (answers: ReadonlyMap<string, number>) =>
        [...answers].map(([answer, times]) => `${times.toLocaleString('en')} ${answer}`).join(', ');
      result.notes.push(
        `forged codes: ${inWords(verdicts)}, the slowest in ${seconds(slowestMs)}; questions for keys beside them: ${inWords(questions)}`,
      );
    },
  };
}

async function requestsAt({ site }: World): Promise<number> {
  const { text } = await site.get('national-platform', '/metrics');
  const counts = text.matchAll(/^http_request_duration_seconds_count\{[^}]*route="\/"[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
