import type { Language } from './language.ts';
import type { Answer, SetRequest } from './page.ts';

/** How long a reason may be, in characters. */
export const LONGEST_REASON = 500;

/** What every form says that asks a supervisor for a reason and for the password. */
export const REASON_WORDS = {
  zh: {
    reason: '原因',
    missing: '请写明原因。',
    tooLong: '原因太长。',
    current: '本人当前密码',
    cancel: '取消',
  },
  en: {
    reason: 'Reason',
    missing: 'Write down the reason.',
    tooLong: 'The reason is too long.',
    current: 'Your own password',
    cancel: 'Cancel',
  },
} as const satisfies Record<Language, unknown>;

/** The reason in a form, and what stands against it: missing, too long, a wrong password. White space in it is one blank. */
export async function askedReason(request: SetRequest): Promise<{ reason: string; refused: Answer | null }> {
  const words = REASON_WORDS[request.language];
  const reason = request.form.get('reason')?.trim().replaceAll(/\s+/g, ' ') ?? '';
  if (reason === '') return { reason, refused: { fault: words.missing } };
  if (reason.length > LONGEST_REASON) return { reason, refused: { fault: words.tooLong } };
  return { reason, refused: await request.passwordFault() };
}
