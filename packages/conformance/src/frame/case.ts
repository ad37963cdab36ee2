import type { Tape } from './tape.ts';

/** The command was called wrongly, or a file that it names is not usable. The message is for the person who called it. */
export class UsageError extends Error {}

/**
 * PASS; FAIL: against the scheme; WARN: stricter or looser than peers expect; SKIPPED: waived, left out by the profile, or a vector
 * that no terminal can be shown; NOT ASKED: the question needs something that the bundle does not have.
 */
export type Result = 'PASS' | 'FAIL' | 'WARN' | 'SKIPPED' | 'NOT ASKED';

/** Ends a case with another result than PASS. The cause is the result, the message the reason. */
class Finding extends Error {}

type Ending = (reason: string) => never;
const ending =
  (result: Exclude<Result, 'PASS'>): Ending =>
  (reason) => {
    throw new Finding(reason, { cause: result });
  };

export const fail: Ending = ending('FAIL');
export const warn: Ending = ending('WARN');
export const skipped: Ending = ending('SKIPPED');
export const notAsked: Ending = ending('NOT ASKED');

export type Case = {
  readonly id: string;
  /** Of the scheme. */
  readonly clause: string;
  readonly title: string;
  /** What to do where it fails, and the reading that says so. */
  readonly advice: string;
  /** Asked with the profile `depth` only. */
  readonly depth?: boolean;
  /** Resolves to what was seen; throws Finding, or any other error, which is a FAIL. */
  run(): Promise<string | undefined>;
};

type RunOptions = {
  tape: Tape;
  profile: Profile;
  waivers: readonly Waiver[];
  /** `YYYY-MM-DD`: a waiver holds until its date is over. */
  today: string;
};

export const PROFILES = ['core', 'depth'] as const;
type Profile = (typeof PROFILES)[number];

/** One row of the result, with the names of the JSON file. */
export type CaseResult = Awaited<ReturnType<typeof rowOf>>;

export async function runCases(
  cases: readonly Case[],
  { onResult, ...options }: RunOptions & { onResult(row: CaseResult): void },
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const asked of cases) {
    const row = await rowOf(asked, options);
    results.push(row);
    onResult(row);
  }
  return results;
}

async function rowOf(asked: Case, options: RunOptions) {
  options.tape.begin();
  const began = performance.now();
  const { result, reason } = await resultOf(asked, options);
  return {
    ...{ Id: asked.id, Clause: asked.clause, Title: asked.title, Result: result, Reason: reason },
    /** Empty where nothing is to be done. */
    Advice: result === 'FAIL' || result === 'WARN' ? asked.advice : '',
    Exchange: options.tape.shown(),
    Ms: Math.round(performance.now() - began),
  };
}

async function resultOf(
  asked: Case,
  { profile, waivers, today }: RunOptions,
): Promise<{ result: Result; reason: string }> {
  if (asked.depth === true && profile !== 'depth') return { result: 'SKIPPED', reason: 'Asked with --profile depth.' };
  // A case may throw before it has anything to wait for.
  const found = await (async () => asked.run())().then(
    (seen = '') => ({ result: 'PASS' as Result, reason: seen }),
    (error: Error) => {
      if (error instanceof Finding) return { result: error.cause as Result, reason: error.message };
      if (error instanceof UsageError) return { result: 'NOT ASKED' as Result, reason: error.message };
      return { result: 'FAIL' as Result, reason: `No usable answer: ${error}` };
    },
  );
  const waiver = waiverOf(waivers, asked.id);
  if (found.result !== 'FAIL' || waiver === undefined) return found;
  if (waiver.Until < today) return { ...found, reason: `${found.reason} (The waiver ended on ${waiver.Until}.)` };
  return { result: 'SKIPPED', reason: `Waived until ${waiver.Until}: ${waiver.Reason}. It failed: ${found.reason}` };
}

/** A case that may fail until a day is over, `YYYY-MM-DD`. */
type Waiver = { readonly Id: string; readonly Reason: string; readonly Until: string };

/** Reads a list of waivers. @throws UsageError if one lacks its id, reason or date. */
export function parseWaivers(list: unknown): Waiver[] {
  if (!Array.isArray(list)) throw new UsageError('The waivers are not a JSON list.');
  return list.map((entry: Partial<Waiver> | null, index) => {
    const { Id = '', Reason = '', Until = '' } = entry ?? {};
    if (Id === '' || Reason === '' || !/^\d{4}-\d\d-\d\d$/.test(Until)) {
      throw new UsageError(`Waiver ${index + 1} needs Id, Reason and Until (YYYY-MM-DD).`);
    }
    return { Id, Reason, Until };
  });
}

/** The waiver for a case: its own, or one that ends in `*` and begins like it. */
const waiverOf = (waivers: readonly Waiver[], id: string): Waiver | undefined =>
  waivers.find(({ Id }) => Id === id || (Id.endsWith('*') && id.startsWith(Id.slice(0, -1))));

/** 0: something was asked, and nothing failed. 1: something failed, or nothing was asked. */
export const exitCodeOf = (results: readonly CaseResult[]): 0 | 1 => {
  const asked = results.filter(({ Result: result }) => result !== 'SKIPPED' && result !== 'NOT ASKED');
  return asked.length > 0 && asked.every(({ Result: result }) => result !== 'FAIL') ? 0 : 1;
};

export const countOf = (results: readonly CaseResult[], result: Result): number =>
  results.filter((row) => row.Result === result).length;
