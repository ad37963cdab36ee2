import { createContext, use } from 'react';

/** What check records are on this service. */
export type RecordsHere = {
  /** Whose each record is: a gate's at a terminal, a terminal's or a whole platform's at the platform that it reports to. */
  readonly checkedBy: 'gate' | 'terminal' | 'platform';
  /** Whether they are sent on, so that they wait, are refused above or have arrived there. */
  readonly areSentOn: boolean;
};

export const RecordsHereContext = createContext<RecordsHere | null>(null);

export function useRecordsHere(): RecordsHere {
  const here = use(RecordsHereContext);
  if (here === null) throw new Error('screens are shown only after the console has started');
  return here;
}
