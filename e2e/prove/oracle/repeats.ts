import type { Answer, Guest } from '../guests.ts';

/** DEBOUNCE_MS as it is unless a proof says otherwise. */
const DEBOUNCE_MS = 1_500;
/** From the end of a scan to the moment at which its answer is read, at most. */
const ON_ITS_WAY_MS = 300;

/**
 * Holds answers that say `Repeated` against the ones that they repeat: of the same scanner at the same gate a moment ago,
 * about the same record; nobody is let in by one that was asked for after the admission had been answered. Answers how
 * many there were. Reading C8.
 */
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
