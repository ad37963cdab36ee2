import { quoted, type TicketInfo } from '@ticket-check/protocol';
import { createPace, type Logger, type Pace } from '@ticket-check/runtime';

/** `unknown-word`: outside the scheme. `unusable-reply`: malformed, or too large. `generation`: another one within ten minutes. */
export type PeerFault = {
  readonly kind: 'unknown-word' | 'unusable-reply' | 'generation';
  readonly subject: string;
  readonly detail: string;
};

export type PeerFaults = ReturnType<typeof createPeerFaults>;

/** The time for which a fault is shown, and within which one line is logged for each kind and subject. */
export const FAULT_MS = 10 * 60_000;

/** The faults of the platform above: an alarm in the log and in health, and a count for metrics. */
export function createPeerFaults({ now, logger }: { now: () => number; logger: Logger | undefined }) {
  type Seen = { fault: PeerFault & { url: string }; pace: Pace; at: number; times: number; unlogged: number };
  const seen = new Map<string, Seen>();
  const counts = { 'unknown-word': 0, 'unusable-reply': 0, generation: 0 };
  const isRecent = ({ at }: { at: number }) => Math.abs(now() - at) < FAULT_MS;

  return {
    note({ kind, subject, detail }: PeerFault, url: string): void {
      const key = `${kind} ${subject}`;
      const before = seen.get(key) ?? { pace: createPace(FAULT_MS, now), times: 0, unlogged: 0, at: 0 };
      const times = isRecent(before) ? before.times + 1 : 1;
      const fault = { kind, subject, detail: quoted(detail), url };
      const isLogged = before.pace.take();
      if (isLogged)
        logger?.error({ ...fault, before: before.unlogged }, 'received an unusable answer from the upstream');
      seen.set(key, { ...before, fault, at: now(), times, unlogged: isLogged ? 0 : before.unlogged + 1 });
      counts[kind] += 1;
    },
    /** For `GET /health`: the latest of each kind and subject within ten minutes, which degrade it. */
    health() {
      const faults = [...seen.values()].filter(isRecent).map(({ fault, at, times }) => ({
        ...fault,
        times,
        agoSeconds: Math.max(0, Math.round((now() - at) / 1000)),
      }));
      return faults.length === 0 ? {} : { degraded: true, faults };
    },
    counts: () => ({ ...counts }),
  };
}

export function noteUnknownWords(
  peer: { noteFault(fault: PeerFault): void },
  ticket: Pick<TicketInfo, 'unknownWords'> | 'unknown-ticket' | null,
): void {
  if (ticket === null || ticket === 'unknown-ticket') return;
  for (const [subject, detail] of Object.entries(ticket.unknownWords ?? {})) {
    peer.noteFault({ kind: 'unknown-word', subject, detail });
  }
}
