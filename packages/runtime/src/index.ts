export { askHidden, askShown } from './ask-at-terminal.ts';
export type { Clock } from './clock.ts';
export { createConcurrencyLimit } from './concurrency-limit.ts';
export { discardRest, MAX_DISCARDED } from './discard-rest.ts';
export { escapeInJson, escapeInMarkup } from './escape-controls.ts';
export { beginEventStream, type EventStream } from './event-stream.ts';
export { ExpectedError, reasonOf } from './expected-error.ts';
export { isFromHere } from './from-here.ts';
export type { HealthCheck } from './health.ts';
export { every, type RecurringJob } from './jobs/every.ts';
export { type Job, type JobDefinition, type Recurring, startJob } from './jobs/job.ts';
export type { JobRuns, JobTable } from './jobs/job-table.ts';
export { createLogSampler, type LogSampler } from './log-sampler.ts';
export { createLogger, type Logger } from './logger.ts';
export { createLruCache } from './lru-cache.ts';
export {
  Counter,
  countedTotal,
  countedTotalBy,
  createMetrics,
  Histogram,
  measuredGauge,
  type Registry,
} from './metrics.ts';
export { printBytes, printNotice, printResult } from './output.ts';
export { createPace, type Pace } from './pace.ts';
export { pause } from './pause.ts';
export { type ProbeJob, startProbeJob } from './probe-job.ts';
export { createProgram, runCommand } from './program.ts';
export { rateLimitKey } from './rate-limit-key.ts';
export { type RunningService, serveUntilStopped } from './serve-until-stopped.ts';
export { type Service, startService } from './service.ts';
export { allows, oneOf, onOff, publicUrl, secret, text, wholeNumber } from './setting-kinds.ts';
export { baseSettings, readSettings, type SettingsOf, type ShownSetting, showSettings } from './settings.ts';
export { sharedFor } from './shared-for.ts';
export { startWithin } from './start-within.ts';
export { inTurns, turn } from './turns.ts';
export { untilAborted } from './until-aborted.ts';
export { within } from './within.ts';
