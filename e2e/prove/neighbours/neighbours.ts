import type { Ticket } from '@ticket-check/simulators/box-office';
import { ROLES } from '@ticket-check/simulators/dev-network';
import { guestsAt } from '../guests.ts';
import { comeBack } from '../oracle/come-back.ts';
import type { Kept } from '../oracle/evidence.ts';
import { holdPromise } from '../oracle/promise.ts';
import type { Reported } from '../oracle/stores.ts';
import { nothingYet, type ProofResult } from '../proof-result.ts';
import { drained, type ProofSite } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import { onTwoTerminals, PATIENT, type TwoTerminals } from '../two-terminals.ts';
import { until } from '../until.ts';
import { type Answered, attack, forbidden, inWords } from './attackers.ts';
import { correctTicket } from './corrected-ticket.ts';
import { watchFootprint } from './footprint.ts';
import { honestDoor } from './honest-peers.ts';
import { hostileCinema } from './hostile-cinema.ts';
import { hostileSource } from './hostile-source.ts';
import { hostileTerminal } from './hostile-terminal.ts';
import type { Target } from './raw-connections.ts';
import { HOSTILE, type Scene, setScene } from './scene.ts';
import { stranger } from './stranger.ts';

const STRANGERS = 3;
const SCANNERS = 3;
const PAUSE_MS = 250;
/** Returning guests are among the newest, whose record is still on its way. */
const NEWEST = 60;
const GUESTS_A_MOVE = 6;
const REPORTED_A_MOVE = 3;
const MOVES_A_ROUND = 500;
const PLAIN_DOOR = 'plain-door';

/**
 * Lets a terminal of the same cinema, another cinema, a data source and a stranger do what they can, each by a move of
 * chance after the other, while guests come to two honest terminals and two other honest doors report. For everybody else
 * the promise holds as ever, and memory, disk and the time of a scan stay within their bounds. Readings E7, R3, X3.
 *
 * @param options.size how many moves the attackers make together
 * @param options.isBusy whether other tests run on this machine: terminals then wait longer for the platform. With their own
 * settings, as in the long form, a load by which attackers make them let people in without it is seen: somebody enters twice
 */
export async function run(options: { seed: string; size: number; isBusy?: boolean }): Promise<ProofResult> {
  const { seed, size, isBusy = false } = options;
  const result = nothingYet({ name: 'neighbours', tried: 'moves of four attackers under scans', seed });
  const proving = { chance: seededChance(seed), size, result };
  await onTwoTerminals(result, (place) => prove(place, proving), isBusy ? PATIENT : {});
  return result;
}

interface Proving {
  chance: () => number;
  size: number;
  result: ProofResult;
}

async function prove(place: TwoTerminals, { chance, size, result }: Proving): Promise<void> {
  const { site, other, demo, doors, terminals } = place;
  const tickets: Ticket[] = [];
  const guests = guestsAt(doors, tickets, chance, { newest: NEWEST });
  const scene = await setScene(place, guests.seen, chance);
  const accounts = await Promise.all([PLAIN_DOOR, 'extended-door'].map(scene.accountOfDoor));
  const judgeCorrected = await correctTicket(scene, accounts[0]!);
  const targets = await targetsOf(site);
  const attackers = [
    hostileTerminal(scene),
    hostileCinema(scene, PLAIN_DOOR),
    hostileSource(scene),
    // Nobody counts strangers.
    ...Array.from({ length: STRANGERS }, () => stranger(scene, targets)),
  ];
  const footprint = watchFootprint([
    { name: 'national platform', site, role: 'national-platform' },
    { name: 'third-party platform', site, role: 'third-party-platform' },
    { name: 'terminal 1', site, role: 'terminal-agent' },
    { name: 'terminal 2', site: other, role: 'terminal-agent' },
  ]);
  const answered: Answered = new Map();
  const reported: Reported[] = [];
  while (result.times < size) {
    const moves = Math.min(MOVES_A_ROUND, size - result.times);
    tickets.push(...sellMany(demo.boxOffice, moves * GUESTS_A_MOVE));
    const ofDoors = accounts.map(() => sellMany(demo.boxOffice, moves * REPORTED_A_MOVE));
    await demo.tell();
    const scans = guests.stream(SCANNERS, { pauseMs: PAUSE_MS });
    const reporting = accounts.map((bundle, index) =>
      honestDoor(scene, { bundle, tickets: ofDoors[index]!, extended: index > 0 }),
    );
    try {
      await attack(attackers, { moves, chance, answered });
    } finally {
      await Promise.all([scans.stop(), ...reporting.map((door) => door.stop())]);
    }
    result.times += moves;
    reported.push(...reporting.flatMap((door) => door.confirmed));
    result.failures.push(...reporting.flatMap((door) => door.failures));
  }
  await comeBack(guests, doors, result);
  await arrived(scene, result);
  await judgeCorrected(result.failures);
  const isForeign = ({ FilmTicketCode, Quarantined, Account }: Kept) =>
    scene.isForeign(FilmTicketCode) || (Quarantined && Account?.startsWith(HOSTILE) === true);
  const observed = { guests: guests.seen, sold: demo.boxOffice.tickets, reported, isForeign };
  const { entered } = await holdPromise(terminals, observed, result);
  result.failures.push(...entered.map((how) => `with both lines up, ${how}`));
  result.failures.push(...new Set(forbidden(attackers, answered)));
  result.notes.push(footprint.stop(size, result.failures), ...inWords(answered));
}

/** Resolves when nothing of the honest waits to be sent any more; what is parked is the attackers' own. */
async function arrived({ place, isForeign }: Scene, { failures }: ProofResult): Promise<void> {
  const { site, terminals } = place;
  await drained([...terminals.values()], { above: false });
  await until('everything is sent on', async () => {
    const { records } = JSON.parse((await site.get('third-party-platform', '/health')).text);
    return records.waiting === 0;
  });
  const parked = await site.list<{ FilmTicketCode: string }>('third-party-platform', 'records', 'parked');
  for (const { FilmTicketCode } of parked.filter((record) => !isForeign(record.FilmTicketCode)))
    failures.push(`${FilmTicketCode} was parked`);
}

/** Where the services listen, as anybody on the network sees them. */
async function targetsOf(site: ProofSite): Promise<Record<string, Target>> {
  const targets: Record<string, Target> = {};
  for (const role of ROLES) {
    const ca = await site.readFile(role, 'tls/ca.pem');
    targets[role] = { url: site.urlOf(role), ca };
    targets[`${role}, console`] = { url: site.consoleUrlOf(role), ca };
  }
  return targets;
}
