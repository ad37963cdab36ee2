import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bisect } from './bisection.ts';

/** Answers a search as a peer does that refuses batches with a bad record; the first `sickFor` answers are no. */
function run(
  size: number,
  bad: ReadonlySet<number>,
  { sickFor = 0, sickFrom = Infinity, olderFirst = (): boolean => true } = {},
) {
  const batch = Array.from({ length: size }, (_, n) => n);
  const search = bisect(batch, olderFirst);
  const accepted: number[] = [];
  const proven: number[] = [];
  let requests = 0;
  for (let part = search.next(); part !== null; part = search.next()) {
    const sick = requests < sickFor || requests >= sickFrom;
    requests += 1;
    const isAccepted = !sick && !part.some((n) => bad.has(n));
    if (isAccepted) accepted.push(...part);
    proven.push(...search.answer(isAccepted));
  }
  return { accepted, proven, requests, anyAccepted: search.accepted };
}

describe('bisecting a refused batch', () => {
  it('finds one bad record among 1000 in about twice log n requests, wherever it stands', () => {
    for (let bad = 0; bad < 1000; bad++) {
      const { accepted, proven, requests } = run(1000, new Set([bad]));
      expect(proven).toEqual([bad]);
      expect(accepted).toHaveLength(999);
      expect(requests).toBeLessThanOrEqual(22);
    }
  });

  it('has all good records accepted once and all bad ones proven, oldest first once the peer is known to be up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.array(fc.nat(199), { maxLength: 12 }), (size, list) => {
        const bad = new Set(list.filter((n) => n < size));
        fc.pre(bad.size > 0);
        const { accepted, proven, anyAccepted } = run(size, bad);
        if (!anyAccepted) {
          expect(proven).toEqual([]);
          return;
        }
        expect(proven.toSorted((a, b) => a - b)).toEqual([...bad].sort((a, b) => a - b));
        expect(accepted.toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: size }, (_, n) => n).filter((n) => !bad.has(n)),
        );
        expect(new Set(accepted).size).toBe(accepted.length);
      }),
      // every record is bad, so it cannot be distinguished from an unwell peer
      { examples: [[2, [1, 0]]] },
    );
  });

  it('proves nothing against a peer that refuses everything, and recognises it in about twice log n requests', () => {
    const { proven, requests, anyAccepted } = run(1000, new Set(), { sickFor: Infinity });
    expect(proven).toEqual([]);
    expect(anyAccepted).toBe(false);
    expect(requests).toBeLessThanOrEqual(22);
  });

  it('proves nothing against a peer that recovers on the way, however long it was unwell', () => {
    for (let sickFor = 0; sickFor <= 22; sickFor++) expect(run(1000, new Set(), { sickFor }).proven).toEqual([]);
  });

  it('stops when the peer falls ill on the way', () => {
    const { proven, anyAccepted } = run(1000, new Set(), { sickFrom: 3, sickFor: 2 });
    expect(anyAccepted).toBe(true);
    expect(proven.length).toBeLessThanOrEqual(20);
  });

  it('finds the good records among many bad ones by searching elsewhere the next time', () => {
    const bad = new Set(Array.from({ length: 1000 }, (_, n) => n).filter((n) => n < 600 || n >= 700));
    expect(run(1000, bad).anyAccepted).toBe(false);
    let state = 1;
    const chance = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state % 1000 < 500;
    };
    const tries = Array.from({ length: 50 }, () => run(1000, bad, { olderFirst: chance }).anyAccepted);
    expect(tries).toContain(true);
  });
});
