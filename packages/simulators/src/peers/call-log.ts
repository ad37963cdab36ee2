import { APIS } from '@ticket-check/protocol';

/** A signed call as it arrived. */
export type ReceivedCall = {
  readonly api: string;
  readonly username: string;
  /** QueryData. */
  readonly query: Record<string, unknown>;
};

/** The calls that a peer received, whatever their outcome. */
export type CallLog = {
  /** Every call, in order. */
  readonly calls: ReceivedCall[];
  /** The Apis that were asked for, in order; a test may empty it. */
  readonly asked: string[];
  /** QueryData of the calls of one Api, in order. */
  queries(api: string): Record<string, unknown>[];
  /** The FilmTicketCodes that were asked about, alone or with others, in order. */
  ticketsAsked(): unknown[];
  /** Resolves when the condition holds; it is looked at when a call arrives and when it was handled. */
  until(condition: () => boolean): Promise<void>;
  /** Resolves once this Api is asked for the next time. */
  nextAsked(api: string): Promise<void>;
  /** Resolves once every call that arrived was handled. */
  idle(): Promise<void>;
};

export function createCallLog(): CallLog & { received(call: ReceivedCall): void; handled(): void } {
  const calls: ReceivedCall[] = [];
  const asked: string[] = [];
  const watchers = new Set<() => void>();
  let underWay = 0;
  const look = () => {
    for (const watcher of watchers) watcher();
  };

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
    calls,
    asked,
    until,
    received(call) {
      calls.push(call);
      asked.push(call.api);
      underWay++;
      look();
    },
    handled() {
      underWay--;
      look();
    },
    queries: (api) => calls.filter((call) => call.api === api).map(({ query }) => query),
    ticketsAsked: () =>
      calls.flatMap(({ api, query }) => {
        if (api === APIS.getTicketInfo) return query.FilmTicketCode;
        if (api !== APIS.getTicketInfos) return [];
        return (query.Tickets as { FilmTicketCode: unknown }[]).map(({ FilmTicketCode }) => FilmTicketCode);
      }),
    nextAsked(api) {
      const before = calls.length;
      return until(() => calls.slice(before).some((call) => call.api === api));
    },
    idle: () => until(() => underWay === 0),
  };
}
