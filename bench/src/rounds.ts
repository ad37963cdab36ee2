/** One thing to measure: does its work and answers how many times a second it was done. */
export interface Contestant {
  name: string;
  run(): Promise<number> | number;
}

/**
 * Lets the contestants take turns, so that what disturbs the machine disturbs all of them, and answers the median rate
 * of each and the median of the ratios within a round to the first contestant.
 */
export async function takeTurns(contestants: readonly Contestant[], rounds: number): Promise<Result[]> {
  const rates = contestants.map(() => [] as number[]);
  for (let round = -1; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const rate = await contestant.run();
      if (round >= 0) rates[index]?.push(rate); // the first round warms up
    }
  }
  const [first = []] = rates;
  return contestants.map(({ name }, index) => {
    const own = rates[index] ?? [];
    return {
      name,
      perSecond: median(own),
      least: Math.min(...own),
      most: Math.max(...own),
      ofFirst: median(own.map((rate, round) => rate / (first[round] ?? Number.NaN))),
    };
  });
}

export interface Result {
  name: string;
  perSecond: number;
  least: number;
  most: number;
  ofFirst: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
