import { randomUUID } from 'node:crypto';
import { runDeclared } from '@ticket-check/admin';
import { createTries, mayOperateFor, type Passwords, recordEvent } from '@ticket-check/operators';
import { type RecordId, VERDICTS } from '@ticket-check/protocol';
import { REASON_NAMES } from '@ticket-check/protocol/element-names';
import { createLruCache, OperationRefused, type Service } from '@ticket-check/runtime';
import { withTables } from '@ticket-check/storage';
import { type LetIn, MAX_PLACES, placeOf, type ShownBadge } from '../admission/scan-answer.ts';
import { badgeIn, createBadges } from '../badges/badges.ts';
import type { Refusal } from '../journal/refusals.ts';
import type { VerdictJson } from '../scan/scan-result.ts';
import type { TerminalStore } from '../tables.ts';
import { overriding } from './declared-refusals.ts';
import { type AdmitAnyway, OBJECTIONS } from './override-refusal.ts';

/** How long after a refusal its guest may still be at the gate. */
const REFUSED_MS = 180_000;
/** How long after its badge was read a PIN is taken. */
const OFFERED_MS = 60_000;

const PROBLEMS = {
  badge: { zh: '工牌无效或已停用', en: 'This badge does not work' },
  nobody: { zh: '请先扫被拒绝的票，再扫工牌', en: 'Scan the refused ticket first, then the badge' },
  cinema: { zh: '您不能为这家影院放行', en: 'You may not let guests of this cinema in' },
} as const;

const isOver = (at: number, ms: number) => performance.now() - at > ms;

export type BadgeDesk = ReturnType<typeof createBadgeDesk>;

/**
 * Lets supervisors admit the guest whom the last scan of a place refused: their badge, read there, offers it, and their PIN with a
 * reason does it. Both are in memory; what is done is an operation. Scheme 5.3.2.3; reading R10.
 */
export function createBadgeDesk(
  { now }: Pick<Service, 'now'>,
  parts: { store: TerminalStore; passwords: Passwords; admitAnyway: AdmitAnyway },
) {
  const { store, passwords, admitAnyway } = parts;
  const badges = createBadges(store, now);
  const tries = createTries(withTables(store), now);
  const declared = overriding(admitAnyway);
  /** The last refusal of each place, and to whom letting its guest in was offered. */
  type Refused = { recordId: RecordId; at: number; offered?: { offer: string; username: string; at: number } };
  const refused = createLruCache<Refused>(MAX_PLACES);

  return {
    noteAnswer(
      { Verdict, RecordId }: Pick<VerdictJson, 'Verdict' | 'RecordId'>,
      ...[gate, scanner]: Parameters<typeof placeOf>
    ): void {
      const place = placeOf(gate, scanner);
      if (Verdict === 'ADMIT' || RecordId === undefined) refused.delete(place);
      else refused.set(place, { recordId: RecordId, at: performance.now() });
    },

    /** Takes a scanned text if it is a badge, and returns what the page at the gate shows; null if it is none. */
    async take(text: string, gate: string, scanner?: string): Promise<ShownBadge | null> {
      const code = badgeIn(text);
      if (code === null) return null;
      const last = refused.get(placeOf(gate, scanner));
      delete last?.offered;
      const holder = await badges.holderOfCode(code);
      if (holder === null) return { problem: PROBLEMS.badge };
      if (last === undefined || isOver(last.at, REFUSED_MS)) return { problem: PROBLEMS.nobody };
      const refusal = await admitAnyway.find(last.recordId);
      if (typeof refusal === 'string') return { problem: OBJECTIONS[refusal] };
      if (!mayOperateFor(holder, refusal.record.cinemaCode)) return { problem: PROBLEMS.cinema };
      const [offer, { username }] = [randomUUID(), holder];
      last.offered = { offer, username, at: performance.now() };
      return { offer, operator: username, answer: answerOf(refusal) };
    },

    /** Admits the guest that was offered at a place. */
    async letIn(
      { offer, pin, reason, from }: { offer: string; pin: string; reason: string; from: string },
      ...[gate, scanner]: Parameters<typeof placeOf>
    ): Promise<LetIn> {
      const place = placeOf(gate, scanner);
      const last = refused.get(place);
      const offered = last?.offered;
      if (last === undefined || offered?.offer !== offer || isOver(offered.at, OFFERED_MS)) return { what: 'gone' };
      if (!Object.hasOwn(REASON_NAMES, reason)) return { what: 'gone' };
      const { recordId } = last;
      const { username } = offered;
      const waitSeconds = await tries.count(username, 'pin');
      if (waitSeconds > 0) return { what: 'too soon', waitSeconds };
      // A badge that was revoked meanwhile is answered like a wrong PIN.
      const holder = await badges.holderOf(username);
      if (!(await passwords.verify(holder?.pinHash ?? null, pin))) {
        const what = { recordId, reason: 'wrong PIN' };
        await recordEvent(withTables(store), { name: declared.name, actor: username, from, what, now, failed: true });
        return { what: 'wrong' };
      }
      await tries.forget(username, 'pin');
      delete last.offered;
      try {
        const asked = { actor: username, from, reason, cinemas: holder?.cinemaCodes ?? [] };
        const { result, by } = await runDeclared(declared, { store, now }, { RecordId: recordId }, asked);
        refused.delete(place);
        return { what: 'let in', isOpen: (await admitAnyway.open(result, by)).Opened };
      } catch (error) {
        if (error instanceof OperationRefused) return { what: 'refused', problem: error.problem };
        throw error;
      }
    },
  };
}

function answerOf({ verdict, record, first }: Refusal) {
  const { startTime, screenName, filmName, rowNum, columnNum } = record;
  return {
    ...{ Verdict: verdict, Message: VERDICTS[verdict].en, MessageZh: VERDICTS[verdict].zh, StartTime: startTime },
    ...{ ScreenName: screenName, FilmName: filmName },
    // 0: the platform did not say.
    ...(rowNum > 0 && columnNum > 0 && { RowNum: rowNum, ColumnNum: columnNum }),
    ...(first !== null && {
      FirstEntry: {
        ...{ CheckTime: first.checkTime, Gate: first.gate, Terminal: first.terminal },
        Recorded: first.unrecorded === undefined,
      },
    }),
  };
}
