import type { KioskStatus } from '../src/kiosk/screen/told.ts';
import { element, page } from './elements.ts';

const WORDS = {
  offered: '请核对后确认 Check both, then confirm',
  'under-way': '正在接入，请稍候 Connecting',
  failed: '未能接入，请管理员核对后重新生成二维码',
} as const;

/** At a terminal without a platform: takes the text of an enrolment that is typed, and has a person confirm the one that was scanned. */
export function offerEnrolment(read: (text: string) => void): { draw(status: KioskStatus): void } {
  const box = element('enrolment', HTMLElement);
  const form = element('enrol-form', HTMLFormElement);
  const text = element('enrol-text', HTMLInputElement);
  const offer = element('enrol-offer', HTMLElement);
  const confirm = element('enrol-confirm', HTMLButtonElement);
  const cancel = element('enrol-cancel', HTMLButtonElement);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (text.value.trim() !== '') read(text.value);
    text.value = '';
  });

  async function answer(isConfirmed: boolean): Promise<void> {
    confirm.disabled = true;
    cancel.disabled = true;
    await fetch('/kiosk/enrolment', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-kiosk-key': page.key },
      body: JSON.stringify({ Confirm: isConfirmed }),
    }).catch(() => {});
  }
  confirm.addEventListener('click', () => void answer(true));
  cancel.addEventListener('click', () => void answer(false));

  return {
    draw({ line, enrolment }) {
      box.hidden = line !== 'none';
      form.hidden = enrolment !== null;
      offer.hidden = enrolment === null;
      if (enrolment === null) return;
      const { host, account, step, fault } = enrolment;
      element('enrol-host', HTMLElement).textContent = host;
      element('enrol-account', HTMLElement).textContent = account;
      element('enrol-says', HTMLElement).textContent = WORDS[step];
      element('enrol-fault', HTMLElement).textContent = fault ?? '';
      confirm.disabled = step === 'under-way';
      cancel.disabled = step === 'under-way';
    },
  };
}
