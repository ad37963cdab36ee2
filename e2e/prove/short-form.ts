import { expect, test } from 'vitest';
import { PROOFS, type ProofName, prove } from './proofs.ts';

export function shortForm(name: ProofName, size: number, promise: string): void {
  test(promise, { timeout: 900_000 }, async () => {
    const result = await prove(name, PROOFS[name], { seed: 'in tests', size, isBusy: true });
    expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
    expect(result.times).toBeGreaterThanOrEqual(size);
  });
}
