import { placeOf, type ScanAnswer } from '../src/admission/scan-answer.ts';
import { type Conditions, LASTS, next, type Signal, type State } from '../src/kiosk/screen/machine.ts';
import type { KioskStatus } from '../src/kiosk/screen/told.ts';
import {
  type AnswerView,
  type Group,
  INPUT_METHOD,
  NO_ANSWER,
  signalOf,
  stuckView,
  type View,
  viewOf,
  viewOfEnrolment,
  viewOfLook,
  viewWhile,
  withAnswer,
} from '../src/kiosk/screen/view.ts';
import type { WedgeRead } from '../src/kiosk/screen/wedge.ts';
import { SCANNER_FAULTS } from '../src/scanner/reading/scanner-faults.ts';
import { createSender, listen } from './agent.ts';
import { offerOverride } from './badge.ts';
import { offerCamera } from './camera.ts';
import { drawGroup, drawTerminal, drawView, showClock } from './draw.ts';
import { element, page } from './elements.ts';
import { offerEnrolment } from './enrol.ts';
import { readKeys } from './keys.ts';
import { offerPassOut } from './pass-out.ts';
import { createSounds } from './sounds.ts';
import { offerLook } from './staff.ts';

/** Silence after which the agent counts as lost: it sends its status every four seconds. */
const SILENT_MS = 10_000;
const GROUP_SHOWN_MS = 15_000;

/** What is answered to scans that were no check. */
const NO_CHECK: readonly string[] = [SCANNER_FAULTS['looked-at'].en, SCANNER_FAULTS.badge.en];

let status: KioskStatus | null = null;
let heardAt = performance.now();
let isLost = false;
let state: State = 'lost';
let shown: View | null = null;
let group: Group | null = null;
let timer: number | undefined;

const sounds = createSounds(element('sound', HTMLButtonElement));

const conditions = (): Conditions => ({
  agent: isLost || status === null ? 'lost' : 'here',
  line: status?.line ?? 'down',
  gate: status?.gate.isOutOfOrder ? 'out of order' : 'works',
});

const place = (inputMethod = false) => ({
  hasHardware: status?.gate.hasHardware ?? false,
  admitsBefore: page.admitsBefore,
  inputMethod,
});

function signal(what: Signal, view: View | null = null): void {
  const before = state;
  state = next(state, what, conditions());
  if (view !== null) shown = view;
  else if (what === 'gate failed' && state === 'call-staff' && before !== state && shown !== null) {
    shown = stuckView(shown);
    sounds.play('staff');
  } else if (state === 'call-staff' && before === 'checking') shown = NO_ANSWER;
  drawView(state, viewWhile(state, { admitsOffline: status?.admitsOffline ?? true }) ?? shown ?? NO_ANSWER);
  if (state !== 'refused') passOut.offer(null);
  badge.keep(state === 'call-staff' && shown === badge.view);
  if (state === before && view === null) return;
  clearTimeout(timer);
  const lasts = LASTS[state];
  if (lasts !== undefined) timer = setTimeout(() => signal('time over'), lasts);
}

/** Shows an answer, plays its sound, and adds it to its group unless it is repeated. */
function answer(view: AnswerView, what: Signal, isRepeated = false): void {
  signal(what, view);
  sounds.play(view.look);
  if (isRepeated) return;
  group = withAnswer(group, { look: view.look, text: view.seat }, performance.now());
  drawGroup(group);
}

function answered(given: ScanAnswer | null, inputMethod = false) {
  if (given === null) return answer(NO_ANSWER, 'needs staff');
  // The event tells what it was.
  if (NO_CHECK.includes(given.Message)) return;
  const enrolled = viewOfEnrolment(given, status?.line ?? 'down');
  if (enrolled !== null) return signal('refused', enrolled);
  const view = viewOf(given, place(inputMethod));
  answer(view, signalOf(view, given, place(inputMethod)), given.Repeated);
  passOut.offer(given);
}

const send = createSender({ began: () => signal('checking'), answered });

function read({ text, inputMethod }: WedgeRead): void {
  if (text === '') answer(INPUT_METHOD, 'refused');
  else void send.scan(text, inputMethod);
}

readKeys({ read, typing: () => signal('reading'), nothing: () => signal('nothing read') });
const passOut = offerPassOut();
offerCamera(
  async (text) => !passOut.isOpen() && (await send.scan(text, false))?.Verdict === 'ADMIT',
  page.staff !== null,
);
offerLook(send.scanner, () => signal('refused', viewOfLook(null, place())));
const badge = offerOverride(send.scanner, {
  touched: () => signal('needs staff', badge.view),
  letIn: ({ answer: refused }, isOpen) =>
    answered({ ...refused, Verdict: 'ADMIT', GateOpened: isOpen ? undefined : false }),
});
const enrolment = offerEnrolment((text) => void send.scan(text, false));

listen({
  status(told) {
    heardAt = performance.now();
    isLost = false;
    // The agent was updated, so load its new page.
    if (told.build !== page.build) location.reload();
    const hasFailed = told.gate.isOutOfOrder && status?.gate.isOutOfOrder === false;
    status = told;
    drawTerminal(told);
    if (page.staff === null) enrolment.draw(told);
    showClock(told, heardAt);
    signal(hasFailed ? 'gate failed' : 'conditions');
  },
  scan(event) {
    heardAt = performance.now();
    // Others may scan at the gate of a phone.
    if (page.staff !== null && event.scanner !== send.scanner) return;
    const isOfPlace = placeOf(page.gate, event.scanner) === placeOf(page.gate, send.scanner);
    if ((event.what === 'badge' || event.what === 'looked') && !isOfPlace) return;
    if (event.what === 'badge') return signal('needs staff', badge.show(event.badge));
    if (event.what === 'looked') return signal('refused', viewOfLook(event.answer, place()));
    // The page shows its own scans from their answers.
    if (event.scanner === send.scanner) return;
    if (event.what === 'reading') signal('reading');
    else if (event.what === 'checking') signal('checking');
    else answered(event.what === 'answered' ? event.answer : null);
  },
  gone: lose,
});

function lose(): void {
  if (isLost) return;
  isLost = true;
  drawTerminal(null);
  signal('conditions');
}

setInterval(() => {
  if (performance.now() - heardAt > SILENT_MS) lose();
  showClock(isLost ? null : status, heardAt);
  if (group !== null && performance.now() - group.lastAt > GROUP_SHOWN_MS) {
    group = null;
    drawGroup(null);
  }
}, 500);
