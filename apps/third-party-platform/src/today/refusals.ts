import { type AccountCinemas, type FleetMember, isOfNoOther, isOfOne } from '../fleet/load-fleet.ts';
import type { Today } from './told.ts';

/** Sums what terminals say that they refused on a business date, for a person who may see these cinemas. */
export function countRefusals(
  terminals: readonly Pick<FleetMember, 'cinemaCodes' | 'scans'>[],
  { date, cinemas }: { date: string; cinemas: AccountCinemas },
): Pick<Today, 'Refused' | 'Terminals'> {
  const refused: Record<string, number> = {};
  const sums = { Accounts: 0, Telling: 0, NotShown: 0 };
  for (const { cinemaCodes, scans } of terminals) {
    if (!isOfOne(cinemaCodes, cinemas)) continue;
    // At which cinema a terminal of several refused somebody is not known.
    if (!isOfNoOther(cinemaCodes, cinemas)) {
      sums.NotShown += 1;
      continue;
    }
    sums.Accounts += 1;
    if (scans?.businessDate !== date) continue;
    sums.Telling += 1;
    for (const [verdict, count] of Object.entries(scans.counts)) {
      // Entries are counted from the check records.
      if (verdict !== 'ADMIT') refused[verdict] = (refused[verdict] ?? 0) + count;
    }
  }
  return { Refused: refused, Terminals: sums };
}
