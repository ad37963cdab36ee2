import type { LetIn, ShownBadge } from '../src/admission/scan-answer.ts';
import { CLEAR } from '../src/kiosk/screen/told.ts';
import { type View, viewOfBadge } from '../src/kiosk/screen/view.ts';
import { element, page, post } from './elements.ts';

const PIN_LENGTH = 6;

type Offered = Extract<ShownBadge, { readonly offer: string }>;

/** Lets a supervisor, whose badge was read, admit the refused guest: takes their PIN by touch, and one of two reasons. */
export function offerOverride(
  scanner: string,
  handlers: {
    touched(): void;
    letIn(offered: Offered, isOpen: boolean): void;
  },
) {
  const box = element('badge', HTMLElement);
  const shownPin = element('badge-pin', HTMLElement);
  const who = element('badge-who', HTMLElement);
  const says = element('badge-says', HTMLElement);
  const keys = element('badge-keys', HTMLElement);
  const reasons = [...box.querySelectorAll<HTMLButtonElement>('[data-reason]')];
  let offered: Offered | null = null;
  let view: View | null = null;
  let pin = '';
  let isSending = false;

  function draw(said = ''): void {
    shownPin.textContent = '●'.repeat(pin.length).padEnd(PIN_LENGTH, '○');
    says.textContent = said;
    for (const button of reasons) button.disabled = isSending || pin.length < PIN_LENGTH;
  }

  keys.addEventListener('click', ({ target }) => {
    if (!(target instanceof HTMLButtonElement)) return;
    pin = target.textContent === CLEAR ? '' : `${pin}${target.textContent}`.slice(0, PIN_LENGTH);
    draw();
    handlers.touched();
  });
  for (const button of reasons) button.addEventListener('click', () => void send(button.dataset.reason ?? ''));

  async function send(reason: string): Promise<void> {
    const sent = offered;
    if (sent === null || isSending) return;
    isSending = true;
    draw('请稍候 One moment');
    const path = `/kiosk/override?gate=${encodeURIComponent(page.gate)}&scanner=${scanner}`;
    const reply = await post(path, { Offer: sent.offer, Pin: pin, Reason: reason });
    const came: Came = (reply?.ok && (await reply.json().catch(() => null))) || { what: 'unanswered' };
    isSending = false;
    pin = '';
    draw(wordsFor(came));
    if (offered === sent && came.what === 'let in') handlers.letIn(sent, came.isOpen);
    else handlers.touched();
  }

  return {
    get view() {
      return view;
    },
    /** Shows what a badge may do; what was typed stays if a scanner read the same badge twice. */
    show(badge: ShownBadge): View {
      const next = 'offer' in badge ? badge : null;
      if (view !== null && next !== null && next.offer === offered?.offer) return view;
      [offered, pin, view] = [next, '', viewOfBadge(badge)];
      draw();
      who.textContent = next?.operator ?? '';
      return view;
    },
    keep(isShown: boolean): void {
      box.hidden = !isShown || offered === null;
      document.body.toggleAttribute('data-badge', !box.hidden);
    },
  };
}

/** What the page knows of it; `unanswered`: the guest may have been let in. */
type Came = LetIn | { readonly what: 'unanswered' };

function wordsFor(came: Came): string {
  switch (came.what) {
    case 'let in':
      return '';
    case 'wrong':
      return '密码错误，请重新输入 Wrong PIN';
    case 'too soon': {
      const minutes = Math.ceil(came.waitSeconds / 60);
      return `错误次数过多，请 ${minutes} 分钟后再试 Too many wrong PINs: wait ${minutes} min`;
    }
    case 'refused':
      return `${came.problem.zh} ${came.problem.en}`;
    case 'unanswered':
      return '没有收到应答，请先看闸机是否打开 No answer: see first whether the gate opened';
    case 'gone':
      return '没有放行，请重新扫工牌 Nobody was let in: scan the badge again';
  }
}
