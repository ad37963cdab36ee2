import { wallClockAt } from '@ticket-check/protocol';
import { type Answer, admissionsOf, type Door, type Guest } from '../guests.ts';
import { differencesInVerdict } from './elements.ts';
import type { Evidence, Kept } from './evidence.ts';

/** By how much a clock was ahead of the right time, in milliseconds, at least and at most. */
export interface ClockError {
  least: number;
  most: number;
}

/** How far a door's clock may have been off between two moments. */
export type ClockOff = (door: Door, from: number, until: number) => ClockError;

/** What the answers to guests come to. */
export interface AnswersJudged {
  admissions: number;
  unanswered: number;
  lost: number;
  doubled: number;
  failures: string[];
}

/**
 * Compares the answers of guests with the records at the national platform: every admission is there and counts, checked in
 * when the guest was at that gate; no refusal is an entry; nobody was locked out; nobody was admitted twice by one terminal or
 * twice as confirmed; no gate opened again for a guest who had an answer.
 */
export function judgeAnswers(guests: readonly Guest[], evidence: Evidence, clockOff: ClockOff): AnswersJudged {
  const records = Map.groupBy(evidence.national, ({ FilmTicketCode }) => FilmTicketCode);
  const entries = new Set(evidence.national.filter(({ Quarantined }) => !Quarantined).map(({ RecordId }) => RecordId));
  const openings = new Map(evidence.scans.map((scan) => [scan.RecordId, scan.openings]));
  const judged: AnswersJudged = { admissions: 0, unanswered: 0, lost: 0, doubled: 0, failures: [] };

  for (const guest of guests) {
    const { filmTicketCode } = guest.ticket;
    const fail = (what: string) => void judged.failures.push(`${filmTicketCode} ${what}`);
    const admissions = admissionsOf(guest);
    const kept = records.get(filmTicketCode) ?? [];
    judged.admissions += admissions.length;
    judged.unanswered += guest.unanswered.length;
    for (const admission of admissions) {
      const record = kept.find(({ RecordId }) => RecordId === admission.verdict.RecordId);
      if (record === undefined || record.Quarantined) judged.lost += 1;
      else if (!stoodThere(guest, admission, record, clockOff))
        fail(`was checked in at ${record.CheckTime}, when the guest did not stand at that gate`);
    }
    if (isDouble(admissions)) {
      judged.doubled += 1;
      fail(`entered twice: ${admissions.map(inWords).join('; ')}`);
    }
    // The answer may have been lost after the gate had opened.
    if (admissions.length === 0 && !kept.some(({ RecordId }) => evidence.opened.has(RecordId)))
      fail(`was locked out: ${guest.answers.at(-1)?.verdict.Verdict ?? 'no answer'}`);
    const known = new Set(admissions.map(({ verdict }) => verdict.RecordId));
    const unexplained = kept.filter(
      ({ RecordId, OverriddenVerdict }) => !known.has(RecordId) && OverriddenVerdict === undefined,
    ).length;
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
  return judged;
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

/** Two admissions by one store, or two that were both confirmed. */
function isDouble(admissions: readonly Answer[]): boolean {
  const terminals = admissions.map(({ door }) => door.terminal);
  const confirmed = admissions.filter(({ verdict }) => verdict.Confirmed === true);
  return new Set(terminals).size < terminals.length || confirmed.length > 1;
}

const inWords = ({ door, answeredAt, verdict }: Answer): string =>
  `${door.terminal} ${door.gate} at ${wallClockAt(answeredAt)}, ${verdict.Confirmed ? 'confirmed' : 'not confirmed'}`;
