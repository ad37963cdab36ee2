/** What needs a person, as `/today.json` has it. */
export type Need =
  | { readonly Kind: 'upstream-not-set' | 'line-down' }
  | { readonly Kind: 'overdue' | 'parked' | 'quarantined'; readonly Count: number }
  | { readonly Kind: 'standstill'; readonly CinemaCode: string; readonly Seconds: number; readonly Code: string }
  | {
      readonly Kind: 'incomplete-day';
      readonly CinemaCode: string;
      readonly BusinessDate: string;
      readonly Entries: number;
      readonly Delivered: number;
    }
  | { readonly Kind: 'late-claims'; readonly Count: number; readonly Oldest: string | null };

/** `/today.json`, and what the topic `today` tells. */
export type Today = {
  readonly BusinessDate: string;
  readonly From: string;
  readonly Until: string;
  readonly Steps: readonly { readonly At: string; readonly Entries: number; readonly Quarantined: number }[];
  readonly Entries: number;
  readonly OnTheWay: {
    readonly Waiting: number;
    readonly Parked: number;
    readonly Overdue: number;
    readonly OldestUnsent: string | null;
    readonly DeadlineSeconds: number;
    readonly LastDeliveredAt: string | null;
  };
  readonly Quarantined: number;
  readonly Line: { readonly State: 'up' | 'down' | 'not-set'; readonly Url: string | null };
  readonly Needs: readonly Need[];
};
