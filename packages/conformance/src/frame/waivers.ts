import { UsageError } from './usage-error.ts';

/** A case that may fail for a while. */
export type Waiver = {
  readonly Id: string;
  readonly Reason: string;
  /** `YYYY-MM-DD`, the last day. */
  readonly Until: string;
};

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
export const waiverOf = (waivers: readonly Waiver[], id: string): Waiver | undefined =>
  waivers.find(({ Id }) => Id === id || (Id.endsWith('*') && id.startsWith(Id.slice(0, -1))));
