import { LOOK_WORDS, type Words } from '../src/kiosk/screen/guest-words.ts';
import type { State } from '../src/kiosk/screen/machine.ts';
import type { KioskStatus } from '../src/kiosk/screen/told.ts';
import type { Group, View } from '../src/kiosk/screen/view.ts';
import { element, page } from './elements.ts';

const facts = element('facts', HTMLElement);
const ofTerminal = element('facts-of-terminal', HTMLElement);
const answers = element('answers', HTMLElement);
const groupBox = element('group', HTMLElement);
const clock = element('clock', HTMLElement);
const clockDoubt = element('clock-doubt', HTMLElement);

function write(id: string, { zh, en }: Words): void {
  element(`${id}-zh`, HTMLElement).textContent = zh;
  element(`${id}-en`, HTMLElement).textContent = en;
}

function create(name: string, text: string, lang?: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  if (lang !== undefined) made.lang = lang;
  return made;
}

/** Reasons longer than this do not fit on two lines. */
const LONG = 18;

let drawn = '';

/** Draws the large part of the page. Replaces what was there; unchanged text is not read out again. */
export function drawView(state: State, view: View): void {
  const text = JSON.stringify([state, view]);
  if (text === drawn) return;
  drawn = text;
  const { look, word, reason, facts: shown } = view;
  document.body.dataset.state = state;
  document.body.dataset.look = look;
  write('word', word);
  write('reason', reason);
  element('reason', HTMLElement).toggleAttribute('data-long', reason.zh.length > LONG);
  facts.replaceChildren(
    ...shown.map(({ name, value }) => {
      const row = document.createElement('div');
      const term = create('dt', name.zh);
      term.append(' ', create('span', name.en, 'en'));
      row.append(term, create('dd', value));
      return row;
    }),
  );
}

/** Draws the answers of a group of scans; nothing for a single one. */
export function drawGroup(group: Group | null): void {
  groupBox.hidden = group === null || group.scanned < 2;
  if (group === null) {
    answers.replaceChildren();
    return;
  }
  write('group', {
    zh: `连续扫描 ${group.scanned} 张，已入场 ${group.admitted} 人`,
    en: `${group.admitted} of ${group.scanned} admitted`,
  });
  answers.replaceChildren(
    ...group.answers.map(({ look, text }) => {
      const item = create('li', `${MARKS[look]} ${text || LOOK_WORDS[look].zh}`);
      item.dataset.look = look;
      return item;
    }),
  );
}

const MARKS = { yes: '✓', no: '×', staff: '!', again: '?' } as const;

/** Draws the terminal's state. `null`: the page gets no updates. */
export function drawTerminal(status: KioskStatus | null): void {
  const items = status === null ? [{ zh: '与检票程序失去联系', en: 'agent not heard', isBad: true }] : itemsOf(status);
  ofTerminal.replaceChildren(
    ...items.map(({ zh, en, isBad }) => {
      const item = create('li', `${isBad ? '▲' : '●'} ${zh} `);
      item.append(create('span', en, 'en'));
      if (isBad) item.dataset.bad = '';
      return item;
    }),
  );
}

type Item = Words & { readonly isBad: boolean };

function itemsOf({ scanners, line, offlineSince, waiting, gate }: KioskStatus): Item[] {
  const off = scanners.filter(({ works }) => !works).map(({ name }) => name);
  const scanner: Item =
    scanners.length === 0
      ? { zh: '扫码枪：键盘输入', en: 'scanner: keyboard', isBad: false }
      : off.length === 0
        ? { zh: '扫码枪正常', en: 'scanner works', isBad: false }
        : { zh: `扫码枪故障：${off.join('、')}`, en: 'scanner fails', isBad: true };
  const since = offlineSince === null ? '' : ` ${offlineSince.slice(5, 16).replace('T', ' ')}`;
  const lines: Readonly<Record<KioskStatus['line'], Item>> = {
    up: { zh: '联网', en: 'online', isBad: false },
    down: { zh: `网络中断${since && ` 自${since}`}`, en: `offline${since && ` since${since}`}`, isBad: true },
    none: { zh: '尚未接入平台', en: 'no platform set', isBad: true },
  };
  const records = { zh: `待报送 ${waiting} 条`, en: `${waiting} records waiting`, isBad: false };
  const seen: Item[] = [
    ...(gate.missed > 0
      ? [{ zh: `放行后 ${gate.missed} 人未通过`, en: `${gate.missed} admitted, not through`, isBad: true }]
      : []),
    ...(gate.isPassedUnadmitted
      ? [{ zh: '有人未经放行通过', en: 'somebody went through unadmitted', isBad: true }]
      : []),
  ];
  return [...(page.staff === null ? [scanner] : []), lines[line], records, ...seen];
}

/** Shows the terminal's time, which advances between updates. */
export function showClock(status: KioskStatus | null, heardAt: number): void {
  clockDoubt.hidden = status === null || status.clockTrusted;
  if (status === null) {
    clock.textContent = '--:--';
    return;
  }
  const at = new Date(Date.parse(`${status.at}Z`) + performance.now() - heardAt).toISOString();
  clock.textContent = at.slice(11, 19);
}
