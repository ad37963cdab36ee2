import { Answered, shownTime, useJson, useWords } from '@ticket-check/console';
import { WORDS } from './words.ts';

/** Of `/fleet.json`. */
type TerminalLeft = {
  readonly Username: string;
  readonly LastHeardAt: string | null;
  readonly State: { readonly Waiting: number; readonly Parked: number } | null;
};

/** How many check records the terminal of an account says that it still has to report. */
export function LeftBehind({ username }: { username: string }) {
  const t = useWords(WORDS);
  const answer = useJson<{ readonly Terminals: readonly TerminalLeft[] }>(
    `/fleet.json?${new URLSearchParams({ q: username })}`,
  );
  return (
    <Answered query={answer}>
      {({ Terminals }) => {
        const told = Terminals.find(({ Username }) => Username === username);
        if (!told?.State || told.LastHeardAt === null) return <p>{t.leftUnknown}</p>;
        const { Waiting, Parked } = told.State;
        return <p>{t.left(Waiting + Parked, shownTime(told.LastHeardAt))}</p>;
      }}
    </Answered>
  );
}
