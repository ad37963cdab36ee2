import type { Role } from '@ticket-check/simulators/dev-network';
import { type Guest, guestsAt } from '../guests.ts';
import type { ProofResult } from '../proof-result.ts';
import { drained } from '../proof-site.ts';
import { sellMany } from '../sell-many.ts';
import type { TwoTerminals } from '../two-terminals.ts';
import { type Backups, THIRD_PARTY_ACCOUNT } from './backups.ts';

const THIRD_PARTY: readonly Role[] = ['third-party-platform'];

/**
 * One backup of the third-party platform is restored a second time: the national platform knows that this generation was
 * replaced, and learns by `account rebind` that it is in use again. Everything that was admitted meanwhile arrives.
 */
export async function restoreTwice({
  place,
  backups,
  result,
}: {
  place: TwoTerminals;
  backups: Backups;
  result: ProofResult;
}): Promise<readonly Guest[]> {
  const { site, other, demo, doors } = place;
  const guests = guestsAt(doors, [], () => 0);
  const tickets = sellMany(demo.boxOffice, 3);
  await demo.tell();
  const admitAt = async (door: number) => {
    const verdict = await guests.present(guests.newGuest(tickets[door]!), doors[door]!);
    if (verdict?.Verdict !== 'ADMIT') result.failures.push(`a guest was answered ${verdict?.Verdict ?? 'nothing'}`);
  };
  await backups.take(THIRD_PARTY);
  await admitAt(0);
  for (const time of [1, 2]) {
    await backups.restore(THIRD_PARTY);
    await site.startAll(THIRD_PARTY);
    result.times += 1;
    await admitAt(time);
    if (time === 2) {
      await site.command('national-platform', ['account', 'rebind', THIRD_PARTY_ACCOUNT]);
    }
    await drained([site, other]);
  }
  return guests.seen;
}
