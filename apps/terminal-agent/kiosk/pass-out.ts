import type { ScanAnswer } from '../src/admission/scan-answer.ts';
import { element, page } from './elements.ts';

const SURE =
  '凭证可再入场一次，请只交给正在离场的观众 It lets one person in once more: only for a guest who is leaving';
const GIVEN =
  '请观众拍下这个二维码，返回时在本终端扫码入场 The guest takes a picture of this, and scans it here to come back in';
const UNANSWERED = '没有收到应答，请再试一次 No answer: try again';

/** Lets staff on a phone give a pass-out to the guest whose ticket, used here, was scanned last: in two touches. */
export function offerPassOut() {
  const button = element('step-out', HTMLButtonElement);
  const dialog = element('pass-out', HTMLDialogElement);
  const says = element('pass-says', HTMLElement);
  const give = element('pass-give', HTMLButtonElement);
  const symbol = document.querySelector<SVGElement>('#pass-symbol');
  let recordId: string | null = null;

  function show(said: string, given: { readonly Size: number; readonly Path: string } | null): void {
    says.textContent = said;
    give.hidden = given !== null;
    symbol?.toggleAttribute('hidden', given === null);
    symbol?.setAttribute('viewBox', `0 0 ${given?.Size ?? 1} ${given?.Size ?? 1}`);
    symbol?.querySelector('path')?.setAttribute('d', given?.Path ?? '');
  }

  button.addEventListener('click', () => {
    show(SURE, null);
    dialog.showModal();
  });
  element('pass-close', HTMLButtonElement).addEventListener('click', () => dialog.close());
  give.addEventListener('click', async () => {
    give.disabled = true;
    const reply = await fetch('/kiosk/step-out', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-kiosk-key': page.key },
      body: JSON.stringify({ RecordId: recordId }),
    }).catch(() => null);
    give.disabled = false;
    const answer = await reply?.json().catch(() => null);
    if (reply?.ok && answer) show(GIVEN, answer.Symbol);
    else show(answer?.zh === undefined ? UNANSWERED : `${answer.zh} ${answer.en}`, null);
  });

  return {
    /** Nothing is scanned meanwhile. */
    isOpen: () => dialog.open,
    /** Offers it after an answer, or takes the offer away. */
    offer(answer: ScanAnswer | null): void {
      if (dialog.open) return;
      const { Verdict, FirstEntry, RecordId } = answer ?? {};
      const isHere = FirstEntry !== undefined && FirstEntry.Terminal === undefined && FirstEntry.Recorded !== false;
      const isOffered = page.staff !== null && page.hasPassOuts && Verdict === 'ALREADY_ENTERED' && isHere;
      recordId = isOffered ? (RecordId ?? null) : null;
      button.hidden = recordId === null;
    },
  };
}
