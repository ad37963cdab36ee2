import { heldWords, placeWords } from '../../admission/entry-words.ts';
import type { ScanAnswer, ShownBadge } from '../../admission/scan-answer.ts';
import { SCANNER_FAULTS } from '../../scanner/reading/scanner-faults.ts';
import { GUEST_WORDS, LOOK_WORDS, type Look, SCREEN_WORDS, type Words } from './guest-words.ts';
import type { Signal, State } from './machine.ts';
import type { KioskStatus } from './told.ts';

export type View = {
  readonly look: Look | 'rest' | 'busy' | 'stopped';
  readonly word: Words;
  readonly reason: Words;
  readonly facts: readonly Fact[];
};

export type AnswerView = View & {
  readonly look: Look;
  /** Empty if the platform did not name it. */
  readonly seat: string;
};

type Fact = { readonly name: Words; readonly value: string };

/** What the words of an answer depend on besides the answer. */
type Place = {
  readonly hasHardware: boolean;
  /** How many minutes before its start a session may be entered. */
  readonly admitsBefore: number;
  readonly inputMethod?: boolean;
};

const NO_WORDS: Words = { zh: '', en: '' };

/** Faults that guests can solve by showing another code. Words for other faults are for staff: baud rates, Caps Lock. */
const WRONG_CODES: ReadonlySet<string> = new Set(
  (
    [
      'not-a-ticket',
      'payment-code',
      'product-code',
      'e-ticket-page',
      'e-ticket-elsewhere',
      'enrolment',
      'pass-out',
      'web-link',
    ] as const
  ).map((fault) => SCANNER_FAULTS[fault].en),
);

export function signalOf(view: View, { Verdict }: Pick<ScanAnswer, 'Verdict'>, { hasHardware }: Place): Signal {
  if (view.look === 'staff') return 'needs staff';
  if (Verdict !== 'ADMIT') return 'refused';
  return hasHardware ? 'gate opened' : 'admitted';
}

const view = <L extends View['look']>(look: L, word: Words, reason: Words, facts: readonly Fact[] = []) => ({
  ...{ look, word, reason, facts },
});

export function viewOf(answer: ScanAnswer, place: Place): AnswerView {
  const look = lookOf(answer);
  return { ...view(look, LOOK_WORDS[look], reasonOf(answer, place), factsOf(answer)), seat: seatOf(answer) };
}

export const NO_ANSWER: AnswerView = { ...view('staff', LOOK_WORDS.staff, SCREEN_WORDS.noAnswer), seat: '' };
export const INPUT_METHOD: AnswerView = { ...view('again', LOOK_WORDS.again, SCREEN_WORDS.inputMethod), seat: '' };

export const stuckView = ({ facts }: View): View => view('staff', LOOK_WORDS.staff, SCREEN_WORDS.gateShut, facts);

export function viewOfEnrolment({ Message }: ScanAnswer, line: KioskStatus['line']): View | null {
  if (line !== 'none' || Message !== SCANNER_FAULTS.enrolment.en) return null;
  return view('stopped', SCREEN_WORDS.enrolment, SCREEN_WORDS.enrolmentHow);
}

/** The view of what staff look at, or are to scan: never that of an answer. */
export function viewOfLook(looked: ScanAnswer | null, place: Place): View {
  if (looked === null) return view('stopped', SCREEN_WORDS.look, SCREEN_WORDS.lookHow);
  const { reason, facts } = viewOf(looked, place);
  return view('stopped', SCREEN_WORDS.look, looked.Verdict === 'ADMIT' ? SCREEN_WORDS.lookAdmits : reason, facts);
}

export function viewOfBadge(badge: ShownBadge): View {
  if ('problem' in badge) return view('staff', SCREEN_WORDS.badge, badge.problem);
  const { reason, facts } = viewOf(badge.answer, { hasHardware: false, admitsBefore: 0 });
  return view('staff', SCREEN_WORDS.badge, reason, facts);
}

/** The view of a state; null for those that show an answer. */
export function viewWhile(state: State, { admitsOffline }: { admitsOffline: boolean }): View | null {
  const w = SCREEN_WORDS;
  const views: { readonly [state in State]?: readonly [look: View['look'], word: Words, reason: Words] } = {
    waiting: ['rest', w.waiting, w.waitingHow],
    offline: ['rest', w.waiting, admitsOffline ? w.offlineHow : w.offlineRefuses],
    'not-set-up': ['stopped', w.notSetUp, w.notSetUpHow],
    'out-of-order': ['staff', w.outOfOrder, w.askStaff],
    lost: ['stopped', w.lost, w.askStaff],
    reading: ['busy', w.reading, w.holdOn],
    checking: ['busy', w.checking, w.holdOn],
  };
  const found = views[state];
  return found === undefined ? null : view(...found);
}

function lookOf({ Verdict, GateOpened, RetryInSeconds, FirstEntry }: ScanAnswer): Look {
  // Claimed is not entered: no entry is known.
  if (GateOpened === false || FirstEntry?.Recorded === false) return 'staff';
  return RetryInSeconds === undefined ? GUEST_WORDS[Verdict].look : 'again';
}

function reasonOf(answer: ScanAnswer, { hasHardware, admitsBefore, inputMethod = false }: Place): Words {
  const usual = GUEST_WORDS[answer.Verdict];
  const { StartTime, ScreenName, FirstEntry, RetryInSeconds } = answer;
  switch (answer.Verdict) {
    case 'ADMIT':
      if (answer.GateOpened === false) return SCREEN_WORDS.gateShut;
      // The message names the part of the platform's answer that was not understood.
      if (answer.UnknownWords !== undefined) return { zh: answer.MessageZh, en: answer.Message };
      return hasHardware ? SCREEN_WORDS.gateOpen : NO_WORDS;
    case 'UNREADABLE':
      if (inputMethod) return SCREEN_WORDS.inputMethod;
      return WRONG_CODES.has(answer.Message) ? { zh: answer.MessageZh, en: answer.Message } : usual;
    case 'NOT_GENUINE':
      return inputMethod ? SCREEN_WORDS.inputMethod : usual;
    case 'TOO_EARLY': {
      if (StartTime === undefined) return usual;
      const from = shownTime(minutesBefore(StartTime, admitsBefore), StartTime);
      return { zh: `还没到入场时间，${from} 起可入场`, en: `Too early. You can go in from ${from}` };
    }
    case 'WRONG_SCREEN': {
      if (ScreenName === undefined) return usual;
      return { zh: `请到 ${ScreenName} 入场`, en: `Your film is in screen ${ScreenName}` };
    }
    case 'ALREADY_ENTERED': {
      if (FirstEntry === undefined) return usual;
      const { CheckTime, Gate: gate, Terminal: terminal, Recorded } = FirstEntry;
      if (Recorded === false) return heldWords({ gate, terminal });
      const at = shownTime(CheckTime, StartTime ?? CheckTime);
      const place = placeWords({ gate, terminal });
      return {
        zh: `这张票已于 ${at}${place.zh === '' ? '' : ` 在 ${place.zh}`} 入场`,
        en: `This ticket was used at ${at}${place.en === '' ? '' : `, ${place.en}`}`,
      };
    }
    case 'KEYS_PENDING':
    case 'OFFLINE_REFUSED':
      if (RetryInSeconds === undefined) return usual;
      return {
        zh: `请 ${RetryInSeconds} 秒后再扫`,
        en: `Please scan again in ${RetryInSeconds} ${RetryInSeconds === 1 ? 'second' : 'seconds'}`,
      };
    default:
      return usual;
  }
}

function seatOf({ RowNum, ColumnNum }: ScanAnswer): string {
  return RowNum === undefined || ColumnNum === undefined ? '' : `${RowNum} 排 ${ColumnNum} 座`;
}

/** Only names: the codes on a ticket mean nothing to guests, and offline there are no names. */
function factsOf(answer: ScanAnswer): Fact[] {
  const { FilmName, ScreenName, StartTime } = answer;
  const facts: [zh: string, en: string, value: string | undefined][] = [
    ['影片', 'Film', FilmName],
    ['影厅', 'Screen', ScreenName],
    ['座位', 'Seat', seatOf(answer)],
    ['场次', 'Session', StartTime?.slice(5, 16).replace('T', ' ')],
  ];
  return facts.flatMap(([zh, en, value]) => (value === undefined || value === '' ? [] : [{ name: { zh, en }, value }]));
}

function shownTime(time: string, beside: string): string {
  return time.slice(0, 10) === beside.slice(0, 10) ? time.slice(11, 16) : time.slice(5, 16).replace('T', ' ');
}

function minutesBefore(time: string, minutes: number): string {
  return new Date(Date.parse(`${time}Z`) - minutes * 60_000).toISOString().slice(0, 19);
}

type GroupAnswer = { readonly look: Look; readonly text: string };

/** Codes scanned in quick succession, such as the tickets of friends on one phone. */
export type Group = {
  readonly admitted: number;
  readonly scanned: number;
  readonly answers: readonly GroupAnswer[];
  readonly lastAt: number;
};

/** A longer pause starts a new group. */
const GAP_MS = 10_000;
const SHOWN = 6;

/** Adds an answer to a group. @param at milliseconds of any clock */
export function withAnswer(group: Group | null, answer: GroupAnswer, at: number): Group {
  const before = group !== null && at - group.lastAt <= GAP_MS ? group : { admitted: 0, scanned: 0, answers: [] };
  return {
    admitted: before.admitted + (answer.look === 'yes' ? 1 : 0),
    scanned: before.scanned + 1,
    answers: [...before.answers, answer].slice(-SHOWN),
    lastAt: at,
  };
}
