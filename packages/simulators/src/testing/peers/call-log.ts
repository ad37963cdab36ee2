import { APIS } from '@ticket-check/protocol';

/** A signed call as it arrived. */
export type ReceivedCall = {
  readonly api: string;
  readonly username: string;
  readonly query: Record<string, unknown>;
};

/** The calls that a peer received, whatever their outcome. */
export function createCallLog() {
  const calls: ReceivedCall[] = [];
  const asked: string[] = [];
  const watchers = new Set<() => void>();
  let underWay = 0;
  const look = () => {
    for (const watcher of watchers) watcher();
  };

  /** Resolves when the condition holds; it is looked at when a call arrives and when it was handled. */
  function until(condition: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = () => {
      if (!condition()) return;
      watchers.delete(watcher);
      resolve();
    };
    watchers.add(watcher);
    watcher();
    return promise;
  }

  return {
    /** Every call, in order. */
    calls,
    /** The Apis that were asked for, in order; a test may empty it. */
    asked,
    until,
    received(call: ReceivedCall): void {
      calls.push(call);
      asked.push(call.api);
      underWay++;
      look();
    },
    handled(): void {
      underWay--;
      look();
    },
    /** QueryData of the calls of one Api, in order. */
    queries: (api: string) => calls.filter((call) => call.api === api).map(({ query }) => query),
    /** The FilmTicketCodes that were asked about, by themselves or with others, in order. */
    ticketsAsked: (): unknown[] =>
      calls.flatMap(({ api, query }) => {
        if (api === APIS.getTicketInfo) return query.FilmTicketCode;
        if (api !== APIS.getTicketInfos) return [];
        return (query.Tickets as { FilmTicketCode: unknown }[]).map(({ FilmTicketCode }) => FilmTicketCode);
      }),
    /** Resolves once this Api is asked for the next time. */
    nextAsked(api: string): Promise<void> {
      const before = calls.length;
      return until(() => calls.slice(before).some((call) => call.api === api));
    },
    /** Resolves once every call that arrived was handled. */
    idle: () => until(() => underWay === 0),
  };
}
