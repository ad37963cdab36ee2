import { LOOK_WORDS, type Words } from '../src/kiosk/screen/guest-words.ts';
import type { State } from '../src/kiosk/screen/machine.ts';
import type { KioskStatus } from '../src/kiosk/screen/told.ts';
import type { Group, View } from '../src/kiosk/screen/view.ts';
import { element, page } from './elements.ts';

const facts = element('facts', HTMLElement);
const ofTerminal = element('facts-of-terminal', HTMLElement);
const answers = element('answers', HTMLElement);
const signs = document.querySelectorAll<SVGElement>('.sign');
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
  for (const sign of signs) sign.toggleAttribute('hidden', !sign.matches(`.sign-${look}`));
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

export function drawGroup(group: Group | null) {
  groupBox.hidden = group === null || group.scanned < 2;
  if (group === null) return answers.replaceChildren();
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

type Item = readonly [zh: string, en: string, isBad?: boolean];

/** Draws the terminal's state. `null`: the page gets no updates. */
export function drawTerminal(status: KioskStatus | null): void {
  const items: readonly Item[] = status === null ? [['与检票程序失去联系', 'agent not heard', true]] : itemsOf(status);
  ofTerminal.replaceChildren(
    ...items.map(([zh, en, isBad = false]) => {
      const item = create('li', `${isBad ? '▲' : '●'} ${zh} `);
      item.append(create('span', en, 'en'));
      item.toggleAttribute('data-bad', isBad);
      return item;
    }),
  );
}

function itemsOf({ scanners, line, offlineSince, waiting, gate }: KioskStatus): Item[] {
  const off = scanners.filter(({ works }) => !works).map(({ name }) => name);
  const works: Item =
    scanners.length === 0 ? ['扫码枪：键盘输入', 'scanner: keyboard'] : ['扫码枪正常', 'scanner works'];
  const since = offlineSince?.slice(5, 16).replace('T', ' ');
  const lines: Readonly<Record<KioskStatus['line'], Item>> = {
    up: ['联网', 'online'],
    down: since ? [`网络中断 自 ${since}`, `offline since ${since}`, true] : ['网络中断', 'offline', true],
    none: ['尚未接入平台', 'no platform set', true],
  };
  const items: (Item | false)[] = [
    page.staff === null && (off.length === 0 ? works : [`扫码枪故障：${off.join('、')}`, 'scanner fails', true]),
    lines[line],
    [`待报送 ${waiting} 条`, `${waiting} records waiting`],
    gate.missed > 0 && [`放行后 ${gate.missed} 人未通过`, `${gate.missed} admitted, not through`, true],
    gate.isPassedUnadmitted && ['有人未经放行通过', 'somebody went through unadmitted', true],
  ];
  return items.filter((item) => item !== false);
}

/** Shows the terminal's time, which advances between updates. */
export function showClock(status: KioskStatus | null, heardAt: number): void {
  clockDoubt.hidden = status === null || status.clockTrusted;
  const at = status && new Date(Date.parse(`${status.at}Z`) + performance.now() - heardAt).toISOString();
  clock.textContent = at?.slice(11, 19) ?? '--:--';
}
