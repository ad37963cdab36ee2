import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '@ticket-check/protocol';

/** Makes these the known algorithms; returns what puts the former ones back. */
export function useAlgorithms(...algorithms: readonly SignatureAlgorithm[]): () => void {
  const known = SIGNATURE_ALGORITHMS as SignatureAlgorithm[];
  const before = known.splice(0, known.length, ...algorithms);
  return () => void known.splice(0, known.length, ...before);
}
