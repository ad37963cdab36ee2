import type { SignatureAlgorithm } from '@ticket-check/protocol';

/** Loads an algorithm from its file, for a thread: functions cannot be sent there. */
export async function loadAlgorithm(module: string): Promise<SignatureAlgorithm> {
  const { algorithm } = (await import(module)) as { algorithm: SignatureAlgorithm };
  return algorithm;
}
