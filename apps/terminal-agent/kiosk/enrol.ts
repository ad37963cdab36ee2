import type { KioskStatus } from '../src/kiosk/screen/told.ts';
import { element, post } from './elements.ts';

/** A touch that was meant for what stood here before must not confirm another offer. */
const LOOK_MS = 2_000;

const WORDS = {
  offered: '请核对后确认 Check both, then confirm',
  replaced: '又扫描了另一个二维码，请重新核对 Another code was scanned: check both again',
  'under-way': '正在接入，请稍候 Connecting',
  failed: '未能接入，请管理员核对后重新生成二维码',
} as const;

/** Enrols a terminal that has no platform: takes a typed enrolment, and lets a person confirm a scanned one. */
export function offerEnrolment(read: (text: string) => void): { draw(status: KioskStatus): void } {
  const box = element('enrolment', HTMLElement);
  const form = element('enrol-form', HTMLFormElement);
  const text = element('enrol-text', HTMLInputElement);
  const offer = element('enrol-offer', HTMLElement);
  const confirm = element('enrol-confirm', HTMLButtonElement);
  const cancel = element('enrol-cancel', HTMLButtonElement);

  let shown: KioskStatus['enrolment'] = null;
  let isReplaced = false;
  let lookUntil = 0;

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (text.value.trim() !== '') read(text.value);
    text.value = '';
  });

  async function answer(isConfirmed: boolean): Promise<void> {
    confirm.disabled = true;
    cancel.disabled = true;
    await post('/kiosk/enrolment', { Confirm: isConfirmed, Offer: shown?.offer });
  }
  confirm.addEventListener('click', () => void answer(true));
  cancel.addEventListener('click', () => void answer(false));

  return {
    draw({ line, enrolment }) {
      box.hidden = line !== 'none';
      form.hidden = enrolment !== null;
      offer.hidden = enrolment === null;
      const before = shown;
      shown = enrolment;
      if (enrolment === null) return;
      const { host, account, step, fault } = enrolment;
      if (enrolment.offer !== before?.offer) {
        isReplaced = before !== null;
        if (isReplaced) lookUntil = performance.now() + LOOK_MS;
      }
      element('enrol-host', HTMLElement).textContent = host;
      element('enrol-account', HTMLElement).textContent = account;
      element('enrol-says', HTMLElement).textContent = WORDS[step === 'offered' && isReplaced ? 'replaced' : step];
      element('enrol-fault', HTMLElement).textContent = fault ?? '';
      confirm.disabled = step === 'under-way' || performance.now() < lookUntil;
      cancel.disabled = step === 'under-way';
    },
  };
}
