import type { ScanAnswer } from '../src/admission/scan-answer.ts';
import { element, page, post } from './elements.ts';

const SURE = '凭证可再入场一次，只交给正在离场的观众 It lets one person in once more: only for a guest who is leaving';
const GIVEN =
  '请观众拍下这个二维码，返回时在本终端扫码 The guest takes a picture of this, and scans it here to come back in';
const UNANSWERED = '没有收到应答，请再试一次 No answer: try again';
const LOGGED_OUT = '登录已结束，请重新登录 The login ended: log in again';

/** Lets staff on a phone give a pass-out to the guest whose ticket, used here, was scanned last: in two touches. */
export function offerPassOut() {
  const button = element('step-out', HTMLButtonElement);
  const dialog = element('pass-out', HTMLDialogElement);
  const says = element('pass-says', HTMLElement);
  const give = element('pass-give', HTMLButtonElement);
  const symbol = dialog.querySelector('svg');
  let recordId: string | undefined;

  function show(said: string, given?: { readonly Size: number; readonly Path: string }): void {
    says.textContent = said;
    give.hidden = given !== undefined;
    symbol?.toggleAttribute('hidden', given === undefined);
    symbol?.setAttribute('viewBox', `0 0 ${given?.Size ?? 1} ${given?.Size ?? 1}`);
    symbol?.querySelector('path')?.setAttribute('d', given?.Path ?? '');
  }

  button.addEventListener('click', () => {
    show(SURE);
    dialog.showModal();
  });
  give.addEventListener('click', async () => {
    give.disabled = true;
    const reply = await post('/kiosk/step-out', { RecordId: recordId });
    const answer = await reply?.json().catch(() => null);
    give.disabled = false;
    if (reply?.ok && answer) show(GIVEN, answer);
    else show(answer?.zh !== undefined ? `${answer.zh} ${answer.en}` : reply?.status === 403 ? LOGGED_OUT : UNANSWERED);
  });

  return {
    /** Nothing is scanned meanwhile. */
    isOpen: () => dialog.open,
    offer(answer: Pick<ScanAnswer, 'Verdict' | 'FirstEntry' | 'RecordId'> | null): void {
      if (dialog.open) return;
      const first = answer?.Verdict === 'ALREADY_ENTERED' ? answer.FirstEntry : undefined;
      const isHere = first !== undefined && first.Terminal === undefined && first.Recorded !== false;
      button.hidden = !(page.hasPassOuts && page.staff !== null && isHere);
      recordId = answer?.RecordId;
    },
  };
}
