import { wallClockAt } from '@ticket-check/protocol';
import { type Answer, admissionsOf, type Door, type Guest } from '../guests.ts';
import type { Broken } from '../report.ts';
import type { Evidence, Kept } from './evidence.ts';
import { differencesInVerdict, isDouble } from './stores.ts';

/** By how much a clock was ahead of the right time, in milliseconds, at least and at most. */
export type ClockError = { least: number; most: number };

type ClockOff = (door: Door, from: number, until: number) => ClockError;

/**
 * Holds the answers of guests against the national platform: every admission is there with its time, no refusal is; nobody was locked out,
 * admitted twice by one terminal or twice as confirmed; no gate opened again for a guest who had an answer.
 */
export function judgeAnswers(guests: readonly Guest[], evidence: Evidence, clockOff: ClockOff, broken: Broken): void {
  const records = Map.groupBy(evidence.national, ({ FilmTicketCode }) => FilmTicketCode);
  const entries = new Set(evidence.national.filter(({ Quarantined }) => !Quarantined).map(({ RecordId }) => RecordId));
  const openings = new Map(evidence.scans.map((scan) => [scan.RecordId, scan.openings]));
  for (const guest of guests) {
    const { filmTicketCode } = guest.ticket;
    const fail = (what: string) => void broken.failures.push(`${filmTicketCode} ${what}`);
    const admissions = admissionsOf(guest);
    const kept = records.get(filmTicketCode) ?? [];
    for (const admission of admissions) {
      const record = kept.find(({ RecordId }) => RecordId === admission.verdict.RecordId);
      if (record === undefined || record.Quarantined) broken.lost += 1;
      else if (!stoodThere(guest, admission, record, clockOff))
        fail(`was checked in at ${record.CheckTime}, when the guest did not stand at that gate`);
    }
    const standing = admissions.filter(({ verdict }) => !evidence.undone.has(verdict.RecordId ?? ''));
    if (isDouble(standing.map(({ door, verdict }) => ({ ...door, ...verdict })))) {
      broken.doubledUnflagged += 1;
      fail(`entered twice: ${admissions.map(inWords).join('; ')}`);
    }
    // The answer may have been lost after the gate had opened.
    if (admissions.length === 0 && !kept.some(({ RecordId }) => evidence.opened.has(RecordId)))
      fail(`was locked out: ${guest.answers.at(-1)?.verdict.Verdict ?? 'no answer'}`);
    const known = new Set(admissions.map(({ verdict }) => verdict.RecordId));
    const isUnexplained = ({ RecordId, OverriddenVerdict }: Kept) =>
      !known.has(RecordId) && OverriddenVerdict === undefined;
    const unexplained = kept.filter(isUnexplained).length;
    const refused = guest.answers.filter(({ verdict }) => verdict.Verdict !== 'ADMIT' && !verdict.Repeated);
    const isEntry = ({ verdict }: Answer) => verdict.RecordId !== undefined && entries.has(verdict.RecordId);
    if (unexplained > guest.unanswered.length || refused.some(isEntry)) fail('was refused and is an entry');
    for (const { verdict } of guest.answers)
      for (const difference of differencesInVerdict({ ...verdict }, guest.ticket)) fail(`was told ${difference}`);
    for (const { door, verdict } of admissions) {
      const opened = openings.get(verdict.RecordId ?? '')?.length ?? 0;
      const cutOff = guest.unanswered.filter((scan) => isSameGate(scan.door, door)).length;
      if (opened > 1 + cutOff)
        fail(`opened ${door.terminal} ${door.gate} ${opened} times, with ${cutOff} scans cut off`);
    }
  }
}

const isSameGate = (one: Door, other: Door): boolean => one.terminal === other.terminal && one.gate === other.gate;

/** Whether a scan of the guest was under way at the gate at the record's time: the one that was answered, or one before. */
function stoodThere(guest: Guest, admission: Answer, { CheckTime }: Kept, clockOff: ClockOff): boolean {
  const scans = [
    { askedAt: admission.askedAt, endedAt: admission.answeredAt },
    ...guest.unanswered
      .filter(({ door, askedAt }) => isSameGate(door, admission.door) && askedAt <= admission.answeredAt)
      .map(({ askedAt, gaveUpAt }) => ({ askedAt, endedAt: gaveUpAt })),
  ];
  return scans.some(({ askedAt, endedAt }) => {
    const { least, most } = clockOff(admission.door, askedAt, endedAt);
    return CheckTime >= wallClockAt(askedAt + least) && CheckTime <= wallClockAt(endedAt + most);
  });
}

const inWords = ({ door, answeredAt, verdict }: Answer): string =>
  `${door.terminal} ${door.gate} at ${wallClockAt(answeredAt)}, ${verdict.Confirmed ? 'confirmed' : 'not confirmed'}`;

/** DEBOUNCE_MS as it is unless a proof says otherwise. */
const DEBOUNCE_MS = 1_500;
/** From the end of a scan to the moment at which its answer is read, at most. */
const ON_ITS_WAY_MS = 300;

/** Holds answers that say `Repeated` against the ones that they repeat, and that they let nobody in; answers how many there were. Reading C8. */
export function judgeRepeats(guests: readonly Guest[], failures: string[]): number {
  let repeats = 0;
  for (const { ticket, answers } of guests) {
    for (const answer of answers.filter(({ verdict }) => verdict.Repeated)) {
      repeats += 1;
      if (!answers.some((first) => isRepeated(first, answer)))
        failures.push(`${ticket.filmTicketCode} got a repeated answer without a first one`);
    }
  }
  return repeats;
}

function isRepeated(first: Answer, again: Answer): boolean {
  return (
    !first.verdict.Repeated &&
    first.door === again.door &&
    first.scanner === again.scanner &&
    first.verdict.RecordId === again.verdict.RecordId &&
    (isSameAnswer(first, again) || isSecondPerson(first, again)) &&
    again.askedAt <= first.answeredAt + DEBOUNCE_MS + ON_ITS_WAY_MS
  );
}

/** A second read of a ticket whose first one was still being decided, or was refused. */
const isSameAnswer = (first: Answer, again: Answer): boolean =>
  first.verdict.Verdict === again.verdict.Verdict &&
  first.verdict.Confirmed === again.verdict.Confirmed &&
  (again.verdict.Verdict !== 'ADMIT' || again.askedAt <= first.answeredAt);

/** Where no hardware shuts the gate, the code of somebody who is in may be another person's copy. */
const isSecondPerson = (first: Answer, again: Answer): boolean =>
  first.verdict.Verdict === 'ADMIT' && again.verdict.Verdict === 'ALREADY_ENTERED';

/** A terminal's default budget for the answer of the platform above. */
const BUDGET_MS = 1_500;
/** For the scan itself, its connection, and what a machine with two cores does beside it. */
const MEASURING_MS = 300;

/** What no answer may take, in budgets, however long services waited for a processor. */
const BUSIEST_BUDGETS = 3;

/** Every answer within the budget of a scan, or it is a failure; and how long answers took, in words. Reading C3. */
export function scanTimes(guests: readonly Guest[], failures: string[], budgetMs = BUDGET_MS): string {
  const answers = guests
    .flatMap((guest) => guest.answers)
    .map(({ askedAt, answeredAt, unseenMs, waitedMs }) => ({ tookMs: answeredAt - askedAt, unseenMs, waitedMs }));
  // Both may have been at the same time.
  const times = answers
    .map(({ tookMs, unseenMs, waitedMs }) => tookMs - Math.max(unseenMs, waitedMs))
    .sort((a, b) => a - b);
  const slowest = Math.max(0, ...answers.map(({ tookMs, unseenMs }) => tookMs - unseenMs));
  if (slowest > BUSIEST_BUDGETS * budgetMs) {
    failures.push(`a scan took ${slowest} ms, more than ${BUSIEST_BUDGETS} budgets, however long services had to wait`);
  }
  const late = times.filter((time) => time > budgetMs + MEASURING_MS);
  if (late.length > 0) {
    failures.push(`${late.length} scans took longer than ${budgetMs + MEASURING_MS} ms, the slowest ${late.at(-1)} ms`);
  }
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  const waited = times.filter((time) => time >= budgetMs).length;
  return `${times.length} scans answered, half of them within ${at(0.5)} ms, 99 % within ${at(0.99)} ms, the slowest in ${at(1)} ms; ${waited} used up their budget`;
}
