import { parseRecordId, parseWallClock, VERDICTS, type Verdict } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { type ScanResult, verdictJson } from '../../scan/scan-result.ts';
import { SCANNER_FAULTS, type ScannerFault } from '../../scanner/reading/scanner-faults.ts';
import { makeUkey, sellTicket } from '../../testing/test-cinema.ts';
import { GUEST_WORDS, LOOK_WORDS } from './guest-words.ts';
import { type Group, signalOf, viewOf, withAnswer } from './view.ts';

const film = parseWallClock('2026-11-24T20:00:00');
const { info } = sellTicket(makeUkey(film), film);
const place = { hasHardware: true, admitsBefore: 60 };
const known = {
  recordId: parseRecordId('01936000-0000-7000-8000-000000000001'),
  ticket: { ...info, seatCode: '00000401_##8_##9' } as never,
  info,
};

function resultOf(verdict: Verdict): ScanResult {
  const firstEntry = { checkTime: parseWallClock('2026-11-24T19:42:10'), gate: '东门' };
  switch (verdict) {
    case 'ADMIT':
      return { ...known, verdict, confirmed: true, opened: 'yes', entry: firstEntry };
    case 'ALREADY_ENTERED':
      return { ...known, verdict, firstEntry };
    case 'UNREADABLE':
      return { verdict, fault: 'not-a-ticket' };
    case 'KEYS_PENDING':
      return { verdict, retryInSeconds: 3 };
    default:
      return { ...known, verdict } as ScanResult;
  }
}

const answerOf = (verdict: Verdict, more: Partial<ScanResult> = {}) =>
  verdictJson({ ...resultOf(verdict), ...more } as ScanResult, { repeated: false, elapsedMs: 1 });

describe('what the kiosk says', () => {
  it("names a platform's word that is not understood", () => {
    const unknownWords = { RefundStatus: '已申请', CheckStatus: 'maybe' };
    expect(viewOf(answerOf('ADMIT', { info: { ...info, unknownWords } }), place)).toMatchObject({
      look: 'yes',
      reason: {
        zh: expect.stringMatching(/退票状态的答复“已申请”无法识别.*检票状态的答复“maybe”/),
        en: expect.stringContaining('not understood'),
      },
    });
  });

  it.each(Object.keys(VERDICTS) as Verdict[])('has a look, a word and a reason in both languages for %s', (verdict) => {
    const view = viewOf(answerOf(verdict), place);
    expect(view.look).toBe(GUEST_WORDS[verdict].look);
    expect(view.word).toBe(LOOK_WORDS[view.look]);
    expect(view.reason.zh).toMatch(/\p{Script=Han}/u);
    expect(view.reason.en).toMatch(/^[\x20-\x7e\p{Script=Han}]+$/u);
    expect(view.look === 'yes').toBe(verdict === 'ADMIT');
  });

  it('calls staff, and refuses nothing, where the fault may be our own', () => {
    for (const verdict of [
      'NOT_SOLD',
      'KEYS_UNAVAILABLE',
      'OFFLINE_REFUSED',
      'CLOCK_UNTRUSTED',
      'STORE_UNAVAILABLE',
    ] as const) {
      const answer = answerOf(verdict);
      const view = viewOf(answer, place);
      expect(signalOf(view, answer, place)).toBe('needs staff');
      expect(view.reason.zh).not.toMatch(/无效|伪/);
    }
  });

  it('tells guests of a read what they can mend, and leaves what a scanner is set to to staff', () => {
    const reason = (fault: ScannerFault) => viewOf(answerOf('UNREADABLE', { fault } as never), place).reason;
    expect(reason('payment-code').en).toBe(SCANNER_FAULTS['payment-code'].en);
    for (const fault of ['caps-lock', 'line-noise', 'read-together', 'keyboard-layout', 'cut-short'] as const) {
      expect(reason(fault).en).toBe(GUEST_WORDS.UNREADABLE.en);
    }
  });

  it('shows film, screen, seat and session, and no codes where there are no names', () => {
    const { facts } = viewOf(answerOf('ADMIT'), place);
    expect(facts.map(({ name, value }) => [name.zh, value])).toEqual([
      ['影片', '示例影片'],
      ['影厅', '7号厅'],
      ['座位', '8 排 9 座'],
      ['场次', '11-24 20:00'],
    ]);
    const { info: _, ...offline } = known;
    const answer = verdictJson({ ...offline, verdict: 'WRONG_SCREEN' }, { repeated: false, elapsedMs: 1 });
    expect(viewOf(answer, place).facts.map(({ name }) => name.en)).toEqual(['Session']);
    expect(viewOf(answer, place).reason).toEqual(GUEST_WORDS.WRONG_SCREEN);
  });

  it('says when and where somebody went in, from when on one may, and to which screen', () => {
    const reason = (verdict: Verdict) => viewOf(answerOf(verdict), place).reason;
    expect(reason('ALREADY_ENTERED')).toEqual({
      zh: '这张票已于 19:42 在 东门 入场',
      en: 'This ticket was used at 19:42, gate 东门',
    });
    expect(reason('TOO_EARLY')).toMatchObject({ zh: '还没到入场时间，19:00 起可入场' });
    expect(reason('WRONG_SCREEN')).toMatchObject({ zh: '请到 7号厅 入场' });
    expect(reason('KEYS_PENDING')).toMatchObject({ zh: '请 3 秒后再扫' });
    const yesterday = { firstEntry: { checkTime: parseWallClock('2026-11-23T23:10:00') } };
    expect(viewOf(answerOf('ALREADY_ENTERED', yesterday as never), place).reason.zh).toBe(
      '这张票已于 11-23 23:10 入场',
    );
  });

  it('calls staff for a ticket that another terminal holds without a record, and names terminal and gate', () => {
    const firstEntry = { checkTime: parseWallClock('2026-11-24T19:42:10'), gate: 'gate-1', terminal: '2 号门' };
    const view = (first: object) => viewOf(answerOf('ALREADY_ENTERED', { firstEntry: first } as never), place);
    expect(view({ ...firstEntry, unrecorded: true })).toMatchObject({
      look: 'staff',
      word: { zh: '请找工作人员' },
      reason: { zh: '正由 2 号门（gate-1）占用', en: 'Held by 2 号门, gate gate-1' },
    });
    const { gate: _, ...noGate } = firstEntry;
    expect(view({ ...noGate, unrecorded: true }).reason.zh).toBe('正由 2 号门占用');
    expect(view({ ...noGate, terminal: 'door-2', unrecorded: true }).reason.zh).toBe('正由 door-2 占用');
    expect(view({ checkTime: firstEntry.checkTime, unrecorded: true }).reason.zh).toBe('正被其他检票口占用');
    expect(view(firstEntry)).toMatchObject({
      look: 'no',
      reason: {
        zh: '这张票已于 19:42 在 2 号门（gate-1） 入场',
        en: 'This ticket was used at 19:42, 2 号门, gate gate-1',
      },
    });
  });

  it('says that an input method is on rather than that a ticket is not valid', () => {
    for (const verdict of ['NOT_GENUINE', 'UNREADABLE'] as const) {
      const { reason } = viewOf(answerOf(verdict), { ...place, inputMethod: true });
      expect(reason.zh).toContain('输入法');
    }
    expect(viewOf(answerOf('REFUNDED'), { ...place, inputMethod: true }).reason.zh).toBe('这张票已退票');
  });
});

it('counts the answers that follow each other, keeps the latest six, and starts again after a pause', () => {
  let group: Group | null = null;
  for (let scan = 0; scan < 8; scan += 1) {
    group = withAnswer(group, { look: scan === 3 ? 'no' : 'yes', text: `${scan}` }, scan * 3000);
  }
  expect(group).toMatchObject({ scanned: 8, admitted: 7 });
  expect(group!.answers.map(({ text }) => text)).toEqual(['2', '3', '4', '5', '6', '7']);
  expect(withAnswer(group, { look: 'yes', text: 'next' }, 21_000 + 10_001)).toMatchObject({ scanned: 1, admitted: 1 });
});
