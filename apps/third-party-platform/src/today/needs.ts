import type { Permits } from '@ticket-check/admin';
import type { Reporting } from '@ticket-check/check-records';
import type { Permission } from '@ticket-check/operators';
import { elementsJson } from '@ticket-check/protocol';
import type { countOpenClaims } from '../claims/open-claims.ts';
import type { countCinemas } from '../public-keys/key-advice.ts';
import type { OpenFindings } from '../worklist/worklist.ts';
import type { Need } from './told.ts';

/** Of each kind at most this many are named; the pages that settle them show the rest. */
const MAX_NAMED = 5;

/** The permission that opens the list behind a count, where it differs from that of the day. */
const NEEDED = {
  terminals: 'fleet.read',
  keys: 'cinemas.read',
  'late-claims': 'claims.read',
} as const satisfies Partial<Record<Need['Kind'], Permission>>;
export const LISTED_BY: readonly Permission[] = Object.values(NEEDED);

/**
 * What needs a person, what matters most first: what keeps everything from moving, then doors and cinemas, then single records. Each
 * count is that of a list that the person can open; other lists are left out.
 */
export function needsOf(known: {
  line: { readonly State: 'up' | 'down' | 'not-set' };
  unsent: { readonly overdue: number; readonly parked: number; readonly quarantined: number };
  stuck: ReturnType<Reporting['stuck']>;
  alarmed: ReturnType<Reporting['alarmed']>;
  /** Claims whose check record has not come in time: each keeps its guest out elsewhere. Reading C8. */
  lateClaims: Awaited<ReturnType<typeof countOpenClaims>>;
  /** Those with an advice of the severity `error`. */
  terminals: number;
  keys: ReturnType<typeof countCinemas>;
  findings: OpenFindings;
  permits: Permits;
}): Need[] {
  const { line, unsent, stuck, alarmed, lateClaims, terminals, keys, findings, permits } = known;
  const counted = (Kind: 'overdue' | 'parked' | 'quarantined') => unsent[Kind] > 0 && { Kind, Count: unsent[Kind] };
  const needs: readonly (Need | false)[] = [
    line.State === 'not-set' && { Kind: 'upstream-not-set' },
    line.State === 'down' && { Kind: 'line-down' },
    terminals > 0 && permits(NEEDED.terminals) && { Kind: 'terminals', Count: terminals },
    keys.count > 0 && permits(NEEDED.keys) && { Kind: 'keys', Count: keys.count, Unusable: keys.unusable },
    counted('overdue'),
    ...alarmed.slice(0, MAX_NAMED).map((day) => ({
      Kind: 'incomplete-day' as const,
      ...elementsJson(day, 'CinemaCode', 'BusinessDate', 'Entries', 'Delivered'),
    })),
    ...stuck.slice(0, MAX_NAMED).map((one) => ({
      Kind: 'stuck' as const,
      ...elementsJson(one, 'CinemaCode', 'Failures', 'Code'),
    })),
    counted('parked'),
    counted('quarantined'),
    findings.count > 0 && { Kind: 'findings', Count: findings.count, AtLeast: findings.isAtLeast },
    lateClaims.count > 0 &&
      permits(NEEDED['late-claims']) && { Kind: 'late-claims', Count: lateClaims.count, Oldest: lateClaims.oldest },
  ];
  return needs.filter((need) => need !== false);
}
