import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import type { Fault, FaultProxy } from '../../testing/fault-proxy.ts';
import { admissionsOf, type Guest, type Guests, guestsAt } from '../guests.ts';
import { HOPS, type Hop, type Lines, onLines } from '../lines.ts';
import { comeBack } from '../oracle/come-back.ts';
import { holdPromise } from '../oracle/promise.ts';
import { nothingYet, type ProofResult, recovered } from '../proof-result.ts';
import { drained } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import type { TwoTerminals } from '../two-terminals.ts';
import { until } from '../until.ts';
import { type FullService, watchFullService } from './full-service.ts';
import { type Injection, planInjections } from './injections.ts';

const SCANNERS = 6;
const PAUSE_MS = 200;
/** Returning guests are among the newest, whose record is still on its way. */
const NEWEST = 60;
/** Tickets for the longest time that a line may take to come back. */
const RESERVE = 1_500;
/** How many tickets are presented at both terminals at once while a line of theirs is down. */
const AT_BOTH = 3;
/** After how many injections the peers begin not to know each other any more. */
const FIRST_CONTACT_EVERY = 8;
const SHORTEST_MS = 600;
const LONGEST_MS = 1_800;
/** How long replies are lost after a first contact that failed: records are sent again after half a second, and after a second more. */
const MIN_DROPPED_MS = 1_500;
const MAX_DROPPED_MS = 2_500;
/** What never answers lasts longer than any scan may. */
const STALLED_MS = 3_500;
/** Which of the two terminals' lines a fault is on. */
const ONE_OF_THEM = 0.6;

/**
 * Injects faults of every kind into the lines below and above the third-party platform, singly and on both hops at the
 * same time, under a stream of scans at two terminals. Every scan is answered within its budget, nothing is lost, and
 * guests admitted at both terminals are reported. Reading C3.
 *
 * @param options.size how many faults
 */
export async function run({ seed, size }: { seed: string; size: number }): Promise<ProofResult> {
  const chance = seededChance(seed);
  const result = nothingYet({
    name: 'line',
    tried: 'faults of the lines between terminals, third-party and national platform under scans',
    seed,
  });
  await onLines({ chance, result }, (place, lines) => prove({ place, lines, size, chance, result }));
  return result;
}

interface Proving {
  place: TwoTerminals;
  lines: Lines;
  size: number;
  chance: () => number;
  result: ProofResult;
}

async function prove({ place, lines, size, chance, result }: Proving): Promise<void> {
  const { demo, terminals } = place;
  const tickets: Ticket[] = [];
  const service = watchFullService(place.doors);
  const guests = guestsAt(service.doors, tickets, chance, { afterMs: 0, newest: NEWEST });
  const sellMore = async () => {
    tickets.push(...sellMany(demo.boxOffice, Math.max(1, RESERVE + guests.seen.length - tickets.length)));
    await demo.tell();
  };
  await sellMore();
  const scans = guests.stream(SCANNERS, { pauseMs: PAUSE_MS });
  try {
    await service.back();
    for (const [index, injections] of planInjections(size, chance).entries()) {
      if (index % FIRST_CONTACT_EVERY === 0) {
        result.times += await firstContacts({ lines, service, times: index / FIRST_CONTACT_EVERY, chance });
        await sellMore();
      }
      const forBoth = tickets.splice(-AT_BOTH);
      const recoveryMs = await inject({ injections, lines, guests, service, forBoth, chance });
      result.times += injections.length;
      recovered(result, recoveryMs);
      await sellMore();
    }
  } finally {
    await scans.stop();
  }

  const from = performance.now();
  await drained([...terminals.values()]);
  result.notes.push(`the last records arrived ${Math.round(performance.now() - from)} ms after the last scan`);
  await nobodyAgain(guests, () => comeBack(guests, service.doors, result), result);
  await drained([...terminals.values()]);

  const counted = await holdPromise(terminals, { guests: guests.seen, sold: demo.boxOffice.tickets }, result);
  const { confirmed, unconfirmed } = counted;
  if (counted.repeats === 0) result.failures.push('no ticket that was read twice was answered once more');
  if (counted.unanswered > 0) result.failures.push(`${counted.unanswered} scans had no answer`);
  if (counted.doubles === 0) result.failures.push('nobody was let in at both terminals, so nothing had to be flagged');
  result.notes.push(
    `${confirmed} admissions confirmed, ${unconfirmed} decided without the platform`,
    ...HOPS.map((hop) => inWords(lines, hop)),
  );
  for (const [verdict, times] of unexpected(guests.seen))
    result.failures.push(`${times} scans were answered ${verdict}`);
}

interface Injecting {
  injections: readonly Injection[];
  lines: Lines;
  guests: Guests;
  service: FullService;
  /** Presented at both terminals while the fault lasts. */
  forBoth: readonly Ticket[];
  chance: () => number;
}

/** Some faults at the same time, until each was met and a while longer; answers how long the lines took to come back. */
async function inject({ injections, lines, guests, service, forBoth, chance }: Injecting): Promise<number> {
  const affected: FaultProxy[] = [];
  // The upper line first: once the lower ones are down nothing reaches it.
  const fromAbove = HOPS.toReversed().flatMap((hop) => injections.filter((one) => one.hop === hop));
  for (const { fault, hop } of fromAbove) {
    const all = lines.of(hop);
    const proxies = all.length > 1 && chance() < ONE_OF_THEM ? [all[Math.floor(chance() * all.length)]!] : all;
    for (const proxy of proxies) {
      const before = countOf(proxy);
      proxy.begin(fault);
      affected.push(proxy);
      await until(`something meets the fault ${fault} ${hop} the third-party platform`, () => countOf(proxy) > before);
    }
  }
  const firstOf = [...lines.below.keys()].map((name) => service.doors.find(({ terminal }) => terminal === name)!);
  await Promise.all([
    delay(injections.some(({ fault }) => fault === 'stalls') ? STALLED_MS : between(SHORTEST_MS, LONGEST_MS, chance)),
    ...forBoth.flatMap((ticket) => {
      const guest = guests.newGuest(ticket);
      return firstOf.map((door) => guests.present(guest, door));
    }),
  ]);
  for (const proxy of affected) proxy.end();
  return service.back();
}

/** What stands between two peers that do not know each other yet; none of it is an answer of the other. */
const BEFORE_THE_FIRST: readonly Fault[] = ['bad-gateway', 'garbage', 'refuses', 'cuts'];

/**
 * On each hop the first calls to the platform above meet a fault, and once it is reachable the first replies are lost, so that a
 * caller that mistakes a fault for an answer, or forgets a lost reply, sends a record twice. Returns the number of faults.
 */
async function firstContacts(parts: {
  lines: Lines;
  service: FullService;
  /** How often that was done before. */
  times: number;
  chance: () => number;
}): Promise<number> {
  const { lines, service, times, chance } = parts;
  for (const hop of HOPS) {
    const proxies = lines.of(hop);
    const fault = BEFORE_THE_FIRST[times % BEFORE_THE_FIRST.length]!;
    for (const proxy of proxies) proxy.begin(fault);
    const before = proxies.map((proxy) => firstContactsAt(proxy, fault));
    const met = until(`each first contact meets the fault ${fault} ${hop} the third-party platform twice`, () =>
      proxies.every((proxy, index) => firstContactsAt(proxy, fault) >= before[index]! + 2),
    );
    const dropping = met.then(() => {
      for (const proxy of proxies) proxy.begin('drops');
    });
    await Promise.all([lines.forget(hop), dropping]);
    await delay(between(MIN_DROPPED_MS, MAX_DROPPED_MS, chance));
    for (const proxy of proxies) proxy.end();
    await service.back();
  }
  return 2 * HOPS.length;
}

/** Calls of a service that does not know the platform yet; others do not make them. A refused connection shows no Api. */
const firstContactsAt = ({ met }: FaultProxy, fault: Fault): number =>
  met.get(fault === 'refuses' ? 'refuses connection' : `${fault} GetPublicKeys`) ?? 0;

const between = (least: number, most: number, chance: () => number): number => least + chance() * (most - least);

const countOf = ({ met }: FaultProxy): number => [...met.values()].reduce((sum, times) => sum + times, 0);

/** Once all records have arrived the platform knows who is in. */
async function nobodyAgain(guests: Guests, again: () => Promise<void>, { failures }: ProofResult): Promise<void> {
  const before = new Map(guests.seen.map((guest) => [guest, admissionsOf(guest).length]));
  await again();
  const entered = [...before].filter(([guest, times]) => times > 0 && admissionsOf(guest).length > times).length;
  if (entered > 0) failures.push(`${entered} guests were let in once more after their records had arrived`);
}

function unexpected(guests: readonly Guest[]): [string, number][] {
  const verdicts = guests.flatMap(({ answers }) => answers.map(({ verdict }) => verdict.Verdict));
  const others = verdicts.filter((verdict) => verdict !== 'ADMIT' && verdict !== 'ALREADY_ENTERED');
  return [...Map.groupBy(others, (verdict) => verdict)].map(([verdict, all]) => [verdict, all.length]);
}

function inWords(lines: Lines, hop: Hop): string {
  const lost = ['ClaimTicket', 'GetTicketInfo', 'GetTicketInfos', 'ReportOriginalCheckTickets']
    .map((api) => [api, lines.met(hop, `drops ${api}`) + lines.met(hop, `cuts ${api}`)] as const)
    .filter(([, times]) => times > 0)
    .map(([api, times]) => `${times} ${api}`);
  return `${lines.met(hop)} requests and connections met a fault ${hop} the third-party platform; replies that were lost once it had acted: ${lost.join(', ') || 'none'}`;
}
