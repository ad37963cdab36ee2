import type { Outcome } from '../client/outcome.ts';

/** What an answer to GetPublicKeys shows about the key that signed the question. */
export type KeyJudgement = { kind: 'accepted' } | { kind: 'refused' } | { kind: 'unknown'; said: string };

type Answer = { hasKeys: boolean; code: string | null; message: string };

/** Codes that are answered only once the signature was verified (docs/protocol.md: the order in which a request is refused). */
const AFTER_SIGNATURE: readonly string[] = [
  'ACCOUNT_IN_USE',
  'API_NOT_ALLOWED',
  'CINEMA_NOT_ALLOWED',
  'CINEMA_UNKNOWN',
  'KEYS_UNAVAILABLE',
];
const SIGNATURE_REFUSED: readonly string[] = ['SIGNATURE_INVALID', 'UNAUTHORIZED'];

/** Reads ReplyData as far as `judgeKey` needs it. */
export function readAnswer({ PublicKeys, ErrorCode, ErrorMessage }: Record<string, unknown>): Answer {
  return {
    hasKeys: Array.isArray(PublicKeys) && PublicKeys.length > 0,
    code: typeof ErrorCode === 'string' ? ErrorCode : null,
    message: typeof ErrorMessage === 'string' ? ErrorMessage : 'no reason given',
  };
}

/**
 * Only keys and codes that follow the signature show that it was verified. Anything else may have been said before it was
 * looked at: by a platform that has too much to do, by a proxy, or by a foreign platform in words of its own, an empty list
 * among them. Reading E8.
 */
export function judgeKey(outcome: Outcome<Answer>): KeyJudgement {
  if (outcome.kind === 'delivered' && outcome.reply.hasKeys) return { kind: 'accepted' };
  const { code, message } = outcome.kind === 'delivered' ? outcome.reply : outcome;
  if (code === null) return { kind: 'unknown', said: 'it sent no keys' };
  if (AFTER_SIGNATURE.includes(code)) return { kind: 'accepted' };
  if (SIGNATURE_REFUSED.includes(code)) return { kind: 'refused' };
  return { kind: 'unknown', said: `${code}: ${message}` };
}
