import type { Door } from '../guests.ts';

/** The same doors, and a way to wait for the moment at which a scan is sent to one of them. */
export function watchScans(doors: readonly Door[]): {
  doors: Door[];
  /** Resolves when the next scan is sent, to this terminal where it is the name of one. */
  nextScan(terminal?: string): Promise<void>;
} {
  const names = new Set(doors.map(({ terminal }) => terminal));
  let waiting: { terminal: string | undefined; resolve: () => void }[] = [];
  return {
    doors: doors.map((door) => ({
      ...door,
      scan(text, scanner) {
        const sent = door.scan(text, scanner);
        const isMet = ({ terminal }: (typeof waiting)[number]) => terminal === undefined || terminal === door.terminal;
        for (const { resolve } of waiting.filter(isMet)) resolve();
        waiting = waiting.filter((each) => !isMet(each));
        return sent;
      },
    })),
    nextScan: (terminal) =>
      new Promise((resolve) => {
        waiting.push({ terminal: terminal !== undefined && names.has(terminal) ? terminal : undefined, resolve });
      }),
  };
}
