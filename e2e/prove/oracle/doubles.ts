import { epochOf } from '@ticket-check/protocol';
import { type Broken, until } from '../report.ts';
import { type Evidence, type Kept, type Scan, type ScanAt, scansAt, type Terminals } from './evidence.ts';

/** After how long the terminals of proofs ask again about an admission that was made without the platform, and for how long. */
const RECHECK_EVERY_MS = 10_000;
const RECHECKED_FOR_MS = 120_000;
export const RECHECK_SECONDS = Array(RECHECKED_FOR_MS / RECHECK_EVERY_MS)
  .fill(RECHECK_EVERY_MS / 1000)
  .join();

/** The time of a few questions. */
const QUESTIONS_MS = 15_000;
const LOOK_AGAIN_MS = 1_000;
const MAX_DESCRIBED = 20;

/**
 * Both platforms list every record of a ticket with more than one entry as a double, and the terminal that let in the later guest without
 * the platform raises it soon after it has asked again. Readings C3, R7. Terminals with a wrong clock ask again at times that cannot be told.
 */
export async function judgeDoubles(
  terminals: Terminals,
  { national, thirdParty, scans, flagged }: Evidence,
  isClockRight: (terminal: string) => boolean,
  broken: Broken,
) {
  const entries = national.filter(({ Quarantined, UndoneAt }) => !Quarantined && UndoneAt === undefined);
  const byTicket = Map.groupBy(entries, ({ FilmTicketCode }) => FilmTicketCode);
  const doubles = [...byTicket.values()].filter(({ length }) => length > 1);
  const isFlagged = ({ RecordId }: Kept) => Object.values(flagged).every((ids) => ids.has(RecordId));
  const arrivedAt = new Map(thirdParty.map(({ RecordId, ReceivedAt }) => [RecordId, epochOf(ReceivedAt)]));
  const byId = new Map(scans.map((scan) => [scan.RecordId, scan]));
  const due = doubles
    .flatMap((several) => toBeRaised(several, byId, arrivedAt))
    .filter(({ terminal }) => isClockRight(terminal));
  const { failures } = broken;
  let raised = raisedIn(scans);
  const areRaised = async () => {
    if (due.every(({ RecordId }) => raised.has(RecordId))) return true;
    raised = raisedIn([...(await scansAt(terminals)).values()].flat());
    return false;
  };
  const within = { withinMs: RECHECK_EVERY_MS + QUESTIONS_MS, everyMs: LOOK_AGAIN_MS };
  await until('every double is raised', areRaised, within).catch(() => {});
  for (const scan of due) {
    const news = raised.get(scan.RecordId);
    const isOther = ({ RecordId, FilmTicketCode, CheckTime }: Kept) =>
      FilmTicketCode === scan.FilmTicketCode && RecordId !== scan.RecordId && CheckTime === news?.LateFirstEntry;
    const name = `the later entry of ${scan.FilmTicketCode}, let in at ${scan.terminal} without the platform,`;
    if (news === undefined) failures.push(`${name} was never raised there`);
    else if (news.LateVerdict !== 'ALREADY_ENTERED') failures.push(`${name} was raised as ${news.LateVerdict}`);
    else if (!national.some(isOther))
      failures.push(`${name} was raised for an entry at ${news.LateFirstEntry}, which nobody made`);
  }
  const doubleIds = new Set(doubles.flat().map(({ RecordId }) => RecordId));
  for (const { RecordId, FilmTicketCode, LateVerdict } of raised.values()) {
    // A claim that was never used counts like an entry until it is released.
    const ofTicket = scans.filter((scan) => scan.FilmTicketCode === FilmTicketCode);
    const scannedAt = new Set(ofTicket.map(({ terminal }) => terminal));
    if (!doubleIds.has(RecordId) && scannedAt.size < 2)
      failures.push(`${FilmTicketCode} was raised as ${LateVerdict} and is an entry at one terminal only`);
  }
  for (const [role, ids] of Object.entries(flagged)) {
    const wrongly = [...ids].filter((recordId) => !doubleIds.has(recordId)).length;
    if (wrongly > 0) failures.push(`${wrongly} records of tickets that entered once are flagged at the ${role}`);
  }
  broken.doubledUnflagged += doubles.filter((several) => !several.every(isFlagged)).length;
  return {
    doubles: doubles.length,
    /** Of each of the first twenty, in words: where, when and how its guests were let in. */
    entered: doubles.slice(0, MAX_DESCRIBED).map((several) => inWords(several, byId)),
    /** How many of these have an admission that its terminal knows as a double. */
    raised: doubles.filter((several) => several.some(({ RecordId }) => raised.has(RecordId))).length,
  };
}

/** The later entries of a ticket whose terminals are to be told afterwards: those asked about when an earlier entry was known above. */
function toBeRaised(several: Kept[], byId: Map<string, ScanAt>, arrivedAt: Map<string, number>): ScanAt[] {
  const inOrder = several.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return inOrder.flatMap(({ RecordId: own }, index) => {
    const scan = byId.get(own);
    if (scan?.Confirmed !== false || scan.RefundStateKnown !== false) return [];
    const lastAsked = epochOf(scan.DecidedAt ?? scan.ScannedAt) + RECHECKED_FOR_MS;
    const isKnown = ({ RecordId }: Kept) => (arrivedAt.get(RecordId) ?? Infinity) <= lastAsked;
    return inOrder.slice(0, index).some(isKnown) ? [scan] : [];
  });
}

/** Says of the entries of a ticket what tells a line that was down from a rule that failed. */
function inWords(several: readonly Kept[], byId: ReadonlyMap<string, ScanAt>): string {
  const entries = several.map(({ RecordId, CheckTime }) => {
    const scan = byId.get(RecordId);
    if (scan === undefined) return `at ${CheckTime}, reported by a peer`;
    const { terminal, Confirmed, RefundStateKnown, DecidedAt } = scan;
    return `at ${terminal}, scanned ${CheckTime}, decided ${DecidedAt}, Confirmed ${Confirmed}, RefundStateKnown ${RefundStateKnown}`;
  });
  return `${several[0]?.FilmTicketCode} entered ${entries.join('; and ')}`;
}

const orderOf = ({ CheckTime, RecordId }: Kept): string => `${CheckTime} ${RecordId}`;

const raisedIn = (scans: readonly Scan[]): Map<string, Scan> =>
  new Map(scans.filter(({ LateVerdict }) => LateVerdict !== null).map((scan) => [scan.RecordId, scan]));
