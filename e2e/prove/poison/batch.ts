import type { BoxOffice, Ticket } from '@ticket-check/simulators/box-office';
import { type Bundle, replyData, request, shanghaiTime, signedBody } from '../../testing/client.ts';
import { checkRecord, reportQuery } from '../../testing/tickets.ts';
import type { ProofSite } from '../proof-site.ts';
import { sellMany } from '../sell-many.ts';
import { until } from '../until.ts';

/** As many as one report may hold. Scheme 6.6.2. */
export const BATCH = 1_000;
const MAX_BAD = 5;

type CheckRecord = Record<string, unknown>;

/** One report's records, a second apart, the last one now; `bad` are those that a platform above will not take. */
export interface Batch {
  cinemaCode: string;
  records: CheckRecord[];
  bad: CheckRecord[];
}

/** Records of new tickets, `bad` of them at places that chance gives; every record gets what `changes` adds to it. */
export function makeBatch(
  boxOffice: BoxOffice,
  {
    bad,
    chance,
    changes = () => ({}),
  }: { bad: number; chance: () => number; changes?: (ticket: Ticket) => CheckRecord },
): Batch {
  const tickets = sellMany(boxOffice, BATCH);
  const records = tickets.map((ticket, index) =>
    checkRecord(ticket, { CheckTime: shanghaiTime(index + 1 - BATCH), ...changes(ticket) }),
  );
  const places = new Set<number>();
  while (places.size < bad) places.add(Math.floor(chance() * BATCH));
  return { cinemaCode: boxOffice.cinema.cinemaCode, records, bad: [...places].map((place) => records[place]!) };
}

/** One bad record in the first round, sometimes several in later ones. */
export const badInRound = (round: number, chance: () => number): number =>
  round === 0 ? 1 : 1 + Math.floor(chance() * MAX_BAD);

/** Reports records in one call until they are confirmed; `extensions` are what the caller announces. */
export function report(
  bundle: Bundle,
  { cinemaCode, records }: Pick<Batch, 'cinemaCode' | 'records'>,
  extensions = '',
) {
  const headers: Record<string, string> = extensions === '' ? {} : { 'ticket-check-extensions': extensions };
  return until(`${records.length} records taken from ${bundle.Username}`, async () => {
    const body = signedBody(bundle, 'ReportOriginalCheckTickets', reportQuery(cinemaCode, ...records));
    // Refused only while the platform has no keys of the cinema yet.
    return replyData(await request(bundle, body, { headers })).ReportResult === true;
  });
}

/** A record that a platform could not deliver, as `records parked` prints it. */
export interface Parked {
  RecordId: string;
  FilmTicketCode: string;
  Attempts: number;
  ErrorCode: string;
}

export const listParked = (site: ProofSite): Promise<Parked[]> =>
  site.list<Parked>('third-party-platform', 'records', 'parked');

/** How many records the third-party platform still has to deliver. */
export async function outboxOf(site: ProofSite): Promise<{ waiting: number; parked: number }> {
  return JSON.parse((await site.get('third-party-platform', '/health')).text).records;
}

/** Says what is wrong where others than the bad records are parked. */
export function comparedWithBad(parked: readonly Parked[], bad: readonly CheckRecord[]): string[] {
  const isBad = new Set(bad.map(({ FilmTicketCode }) => FilmTicketCode));
  const wrong = parked.filter(({ FilmTicketCode }) => !isBad.delete(FilmTicketCode));
  return [
    ...wrong.map(({ FilmTicketCode, ErrorCode }) => `${FilmTicketCode} was parked, a good record: ${ErrorCode}`),
    ...[...isBad].map((filmTicketCode) => `${filmTicketCode}, a bad record, was not parked`),
  ];
}

/** How many of these records did not arrive, how many arrived more than once, and how many otherwise than they were sent. */
export function arrivals(
  expected: readonly CheckRecord[],
  kept: readonly CheckRecord[],
): { lost: number; repeated: number; changed: number } {
  const key = ({ FilmTicketCode, CheckTime }: CheckRecord) => `${FilmTicketCode} ${CheckTime}`;
  const found = Map.groupBy(kept, key);
  const counts = expected.map((record) => found.get(key(record))?.length ?? 0);
  return {
    lost: counts.filter((count) => count === 0).length,
    repeated: counts.filter((count) => count > 1).length,
    changed: expected.filter((record) => found.get(key(record))?.some((other) => !isSame(record, other))).length,
  };
}

/** Whether every element of the scheme is as it was sent. */
const isSame = ({ RecordId: _, ...sent }: CheckRecord, kept: CheckRecord): boolean =>
  Object.entries(sent).every(([name, value]) =>
    typeof value === 'number' ? Number(kept[name]) === value : kept[name] === value,
  );
