import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { admissionsOf, type Guests } from '../guests.ts';
import { FAULTS, type Fault, type FaultProxy, HOPS, type Hop, inWorldWithLines, type Lines } from '../lines.ts';
import { recovered, until } from '../report.ts';
import { anyOf, inFull, type Proof, shuffled, type World } from '../world.ts';

const SCANNERS = 6;
const PAUSE_MS = 200;
/** Tickets for the longest time that a line may take to come back. */
const RESERVE = 1_500;
const AT_BOTH = 3;
/** After how many faults the peers begin not to know each other any more. */
const FIRST_CONTACT_EVERY = 8;
const SHORTEST_MS = 600;
const LONGEST_MS = 1_800;
/** How long replies are lost after a first contact that failed: records are sent again after half a second, and after a second more. */
const MIN_DROPPED_MS = 1_500;
const MAX_DROPPED_MS = 2_500;
/** What never answers lasts longer than any scan may. */
const STALLED_MS = 3_500;
/** How often a fault is on the line of one terminal only, and how often the other hop has one at the same time. */
const ONE_OF_THEM = 0.6;
const BOTH_HOPS = 0.4;
/** What may be between two peers that do not know each other yet; none of it is an answer of the other. */
const BEFORE_THE_FIRST: readonly Fault[] = ['bad-gateway', 'garbage', 'refuses', 'cuts'];

type Injection = { fault: Fault; hop: Hop };

/**
 * Injects faults of every kind into the lines below and above the third-party platform, singly and on both hops, under a stream of scans:
 * each is answered within its budget, nothing is lost, and guests admitted at both terminals are reported. Reading C3.
 */
export const line: Proof = {
  tried: 'faults of the lines between terminals, third-party and national platform under scans',
  unit: 'faults',
  size: 200,
  run: (run) => inWorldWithLines(run, {}, attackLines),
};

async function attackLines(world: World, lines: Lines): Promise<void> {
  const { result, chance, size } = world;
  const tickets = await world.sell(RESERVE);
  let admitted = new Map<string, number>();
  const beforeTheyComeBack = async (guests: Guests) => {
    const from = performance.now();
    await world.drained();
    result.notes.push(`the last records arrived ${Math.round(performance.now() - from)} ms after the last scan`);
    admitted = admissions(guests);
  };
  const crowd = { tickets, scanners: SCANNERS, pauseMs: PAUSE_MS, afterMs: 0, beforeTheyComeBack };
  const guests = await world.crowd(crowd, async (those) => {
    await inFull(those, world);
    for (const [index, injections] of plan(size, chance).entries()) {
      if (index % FIRST_CONTACT_EVERY === 0) await firstContacts(world, lines, those, index / FIRST_CONTACT_EVERY);
      tickets.push(...(await world.sell(Math.max(1, RESERVE + those.seen.length - tickets.length))));
      await inject(world, lines, those, injections, tickets.splice(-AT_BOTH));
    }
  });
  // Once all records have arrived the platform knows who is in.
  const again = [...admissions(guests)].filter(([code, times]) => {
    const before = admitted.get(code)!;
    return before > 0 && times > before;
  });
  if (again.length > 0) result.failures.push(`${again.length} guests were let in again after their records arrived`);

  const { confirmed, unconfirmed, repeats, unanswered, doubles } = await world.hold();
  if (repeats === 0) result.failures.push('no ticket that was read twice was answered once more');
  if (unanswered > 0) result.failures.push(`${unanswered} scans had no answer`);
  if (doubles === 0) result.failures.push('nobody was let in at both terminals, so nothing had to be flagged');
  const inWords = `${confirmed} admissions confirmed, ${unconfirmed} decided without the platform`;
  result.notes.push(inWords, ...HOPS.map((hop) => whatWasMet(lines, hop)));
  const verdicts = new Set(guests.seen.flatMap(({ answers }) => answers.map(({ verdict }) => verdict.Verdict)));
  for (const verdict of verdicts)
    if (verdict !== 'ADMIT' && verdict !== 'ALREADY_ENTERED') result.failures.push(`a scan was answered ${verdict}`);
}

/** Faults in random order, every kind on every hop before any repeats. Those of one entry begin at the same time. */
function plan(count: number, chance: () => number): Injection[][] {
  const every = HOPS.flatMap((hop) => FAULTS.map((fault): Injection => ({ fault, hop })));
  const inOrder: Injection[] = [];
  while (inOrder.length < count) inOrder.push(...shuffled(every, chance));
  return inOrder.slice(0, count).reduce<Injection[][]>((planned, injection) => {
    const last = planned.at(-1);
    if (last?.length === 1 && last[0]!.hop !== injection.hop && chance() < BOTH_HOPS) last.push(injection);
    else planned.push([injection]);
    return planned;
  }, []);
}

/** Some faults at once, until each was met and a while longer, and then until service is full. `forBoth`: presented at both terminals meanwhile. */
async function inject(world: World, lines: Lines, guests: Guests, injections: Injection[], forBoth: Ticket[]) {
  const { chance, result } = world;
  const affected: FaultProxy[] = [];
  // The upper line first: once the lower ones are down nothing reaches it.
  for (const { fault, hop } of injections.toSorted((a, b) => (a.hop < b.hop ? -1 : 1))) {
    const all = lines.of(hop);
    for (const proxy of all.length > 1 && chance() < ONE_OF_THEM ? [anyOf(all, chance)] : all) {
      const before = countOf(proxy);
      proxy.begin(fault);
      affected.push(proxy);
      await until(`something meets the fault ${fault} ${hop} the third-party platform`, () => countOf(proxy) > before);
    }
  }
  const lastsMs = injections.some(({ fault }) => fault === 'stalls')
    ? STALLED_MS
    : between(SHORTEST_MS, LONGEST_MS, chance);
  await Promise.all([delay(lastsMs), ...world.presentAtEach(guests, forBoth)]);
  for (const proxy of affected) proxy.end();
  result.times += injections.length;
  recovered(result, await inFull(guests, world));
}

/** On each hop the first calls upwards meet a fault, and then the first replies are lost, so that a caller that mistakes them sends records twice. */
async function firstContacts(world: World, lines: Lines, guests: Guests, times: number): Promise<void> {
  const fault = BEFORE_THE_FIRST[times % BEFORE_THE_FIRST.length]!;
  // Calls of a service that does not know the platform yet; others do not make them. A refused connection shows no Api.
  const first = fault === 'refuses' ? 'refuses connection' : `${fault} GetPublicKeys`;
  for (const hop of HOPS) {
    const proxies = lines.of(hop);
    for (const proxy of proxies) proxy.begin(fault);
    const before = proxies.map(({ met }) => met.get(first) ?? 0);
    const dropping = until(`each first contact meets the fault ${fault} ${hop} the third-party platform twice`, () =>
      proxies.every(({ met }, index) => (met.get(first) ?? 0) >= before[index]! + 2),
    ).then(() => {
      for (const proxy of proxies) proxy.begin('drops');
    });
    await Promise.all([lines.forget(hop), dropping]);
    await delay(between(MIN_DROPPED_MS, MAX_DROPPED_MS, world.chance));
    for (const proxy of proxies) proxy.end();
    world.result.times += 2;
    await inFull(guests, world);
  }
}

const between = (least: number, most: number, chance: () => number): number => least + chance() * (most - least);

const countOf = ({ met }: FaultProxy): number => [...met.values()].reduce((sum, times) => sum + times, 0);

const admissions = ({ seen }: Guests): Map<string, number> =>
  new Map(seen.map((guest) => [guest.ticket.filmTicketCode, admissionsOf(guest).length]));

function whatWasMet(lines: Lines, hop: Hop): string {
  const lost = ['ClaimTicket', 'GetTicketInfo', 'GetTicketInfos', 'ReportOriginalCheckTickets'].map(
    (api) => `${lines.met(hop, `drops ${api}`) + lines.met(hop, `cuts ${api}`)} ${api}`,
  );
  return `${lines.met(hop)} requests and connections met a fault ${hop} the third-party platform; replies that were lost once it had acted: ${lost.join(', ')}`;
}
