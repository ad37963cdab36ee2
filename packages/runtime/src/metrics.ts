import type { Server } from 'node:net';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

import type { ConnectionFault } from './connection-limits.ts';
import { droppedLogLines } from './logger.ts';

export type { Registry };
export { Counter, Histogram };

let processRegistry: Registry | undefined;

/** Metrics of the process itself: collected once, and shown by each service in it beside its own. */
function metricsOfProcess(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
    const dropped = 'Lines of the log that were dropped because nobody read standard error';
    countedTotal(processRegistry, 'log_lines_dropped_total', dropped, droppedLogLines);
  }
  return processRegistry;
}

export const createMetrics = (): Registry => new Registry();

/** Adds a value that is measured whenever the metrics are read. */
export function measuredGauge(
  registry: Registry,
  name: string,
  help: string,
  measure: () => number | Promise<number>,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await measure());
    },
  });
}

/** Adds a number that only grows and is counted elsewhere; `read` answers it as it is now. */
export function countedTotal(registry: Registry, name: string, help: string, read: () => number): void {
  countedTotalBy(registry, name, help, null, () => ({ all: read() }));
}

/** The same with a series for each value of a label. */
export function countedTotalBy(
  registry: Registry,
  name: string,
  help: string,
  label: string | null,
  read: () => Readonly<Record<string, number>>,
): void {
  new Counter({
    name,
    help,
    labelNames: label === null ? [] : [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of Object.entries(read())) this.inc(label === null ? {} : { [label]: value }, count);
    },
  });
}

/** Measures how long the requests of an app take, by route and status. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  // Looking a series up by its labels costs more than counting in it.
  const series = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>();
  function seriesOf(method: string, route: string, status: number) {
    const name = `${status} ${method} ${route}`;
    const known = series.get(name) ?? duration.labels({ method, route, status });
    series.set(name, known);
    return known;
  }

  app.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, not the requested path: strangers must not be able to make new series.
    const route = request.routeOptions.url ?? 'none';
    const method = request.routeOptions.url === undefined ? 'any' : request.method;
    seriesOf(method, route, reply.statusCode).observe(reply.elapsedTime / 1000);
    done();
  });
}

/** Adds the connections of a service's listeners to a registry: how many are open, how many were closed by a limit. */
export function countConnections(registry: Registry) {
  const closed = new Counter({
    name: 'connections_closed_by_limit_total',
    help: 'Connections that were refused or cut because they exceeded a limit',
    labelNames: ['listener', 'fault'],
    registers: [registry],
  });
  return {
    /** Counts what was closed by a limit at one of the listeners. */
    faultAt: (listener: string) => (fault: ConnectionFault) => closed.inc({ listener, fault }),
    /** Measures how many connections are open, whenever the metrics are read. */
    watch(listeners: Readonly<Record<string, readonly Server[]>>): void {
      new Gauge({
        name: 'connections_open',
        help: 'Connections that are open now',
        labelNames: ['listener'],
        registers: [registry],
        async collect() {
          for (const [listener, servers] of Object.entries(listeners)) {
            const counts = await Promise.all(servers.map((server) => promisify(server.getConnections.bind(server))()));
            this.set(
              { listener },
              counts.reduce((sum, count) => sum + count, 0),
            );
          }
        },
      });
    },
  };
}

/** What `GET /metrics` shows: the metrics of a service and those of the process, in the Prometheus text format. */
export function metricsText(registry: Registry): Promise<string> {
  return Registry.merge([metricsOfProcess(), registry]).metrics();
}
