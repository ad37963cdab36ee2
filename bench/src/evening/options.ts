import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.ts';
import type { Sizes } from './scenarios.ts';

const EVENING_CONNECTIONS = [100, 1000, 5000];
const ALONE_CONNECTIONS = [100, 1000];
const KEYS_CONNECTIONS = [5000];
const REQUESTS = 10_000;
const REPORTERS = 40;
const MAX_RECORDS_OF_A_REPORT = 1000;
const CLAIMERS = 20;
const SCANNERS = 4;
const REST_MS = 10_000;
/** With fewer requests nothing is measured but that all of it works. */
const FEWEST_MEASURED = 1000;
const SMALL_REST_MS = 500;

export interface Options {
  sizes: Sizes;
  port: number;
  /** Only the scenarios whose names hold one of these. */
  only: readonly string[];
  /** Whether the national platform is one that speaks the scheme and nothing more. */
  plain: boolean;
  /** A PostgreSQL server on which both platforms keep their data; an encrypted SQLite file each where it is missing. */
  server: string | undefined;
  /** How long the services rest after each scenario. */
  restMs: number;
  /** How many requests come before all that is measured. */
  warmUp: number;
}

/** Reads the command line; ends the process with 2 where it cannot be used. */
export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string' },
      requests: { type: 'string', default: String(REQUESTS) },
      only: { type: 'string', default: '' },
      plain: { type: 'boolean', default: false },
      server: { type: 'string' },
      /** Seconds; memory may come back later than after the usual ones. */
      rest: { type: 'string' },
      port: { type: 'string', default: '19200' },
    },
  });
  const requests = wholeNumber('requests', values.requests);
  const connections = values.connections?.split(',').map((text) => wholeNumber('connections', text));
  const usualRestMs = requests < FEWEST_MEASURED ? SMALL_REST_MS : REST_MS;
  const restMs = values.rest === undefined ? usualRestMs : wholeNumber('rest', values.rest) * 1000;
  return {
    sizes: {
      evening: connections ?? EVENING_CONNECTIONS,
      alone: connections ?? ALONE_CONNECTIONS,
      keysAtOnce: connections ?? KEYS_CONNECTIONS,
      requests,
      reporters: Math.min(REPORTERS, ...(connections ?? [REPORTERS])),
      recordsOfAReporter: Math.min(MAX_RECORDS_OF_A_REPORT, requests),
      claimers: CLAIMERS,
      scanners: SCANNERS,
      lingerMs: usualRestMs / 2,
    },
    port: wholeNumber('port', values.port),
    only: values.only.split(','),
    plain: values.plain,
    server: values.server,
    restMs,
    warmUp: Math.min(requests, FEWEST_MEASURED),
  };
}
