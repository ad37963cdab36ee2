import type { Clock, HealthCheck } from '@ticket-check/runtime';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import type { TerminalClock } from './terminal-clock.ts';

/** Shows in `GET /health` when the upstream last answered and how far the clocks differ. Readings C3, C7. */
export function upstreamCheck(options: {
  connection: TerminalConnection;
  clock: Pick<TerminalClock, 'read' | 'stoodBack'>;
  now: Clock;
}): HealthCheck {
  const { connection, clock, now } = options;
  return {
    name: 'upstream',
    async run() {
      const upstream = await connection.upstream();
      const lastContactAt = connection.lastContactAt();
      const offset = connection.clockOffset();
      return {
        ok: true,
        ...connection.faults.health(),
        url: upstream?.url ?? null,
        line: connection.isHeard() ? 'up' : 'down',
        lastContactSeconds: lastContactAt === null ? null : Math.max(0, Math.round((now() - lastContactAt) / 1000)),
        clockOffsetMs: offset?.measured ? offset.offsetMs : null,
        clockTrusted: clock.read().trusted && !clock.stoodBack(),
      };
    },
  };
}
