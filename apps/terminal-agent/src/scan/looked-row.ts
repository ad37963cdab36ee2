/** What the screen shows of a look at a ticket. */
export type LookedRow = {
  readonly Verdict: string;
  readonly Message: string;
  readonly MessageZh: string;
  readonly StartTime?: string;
  readonly ScreenName?: string;
  readonly FilmName?: string;
  readonly RowNum?: number;
  readonly ColumnNum?: number;
  readonly FirstEntry?: { readonly CheckTime: string; readonly Gate?: string; readonly Terminal?: string };
};
