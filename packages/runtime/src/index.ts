export { askHidden, askShown } from './ask-at-terminal.ts';
export { createConcurrencyLimit, rateLimitKey } from './concurrency-limit.ts';
export { type HealthCheck, isFromHere } from './console.ts';
export { discardRest, MAX_DISCARDED } from './error-answers.ts';
export { escapeInJson, escapeInMarkup } from './escape-controls.ts';
export { beginEventStream, type EventStream } from './event-stream.ts';
export { ExpectedError, OperationRefused, type Problem, reasonOf } from './expected-error.ts';
export { every, type RecurringJob } from './jobs/every.ts';
export {
  JOBS_OF_ONE_PROCESS,
  type Job,
  type JobDefinition,
  type JobRuns,
  type JobTable,
  type Recurring,
  startJob,
} from './jobs/job.ts';
export { createLogSampler, type LogSampler } from './log-sampler.ts';
export { createLogger, isReported, type Logger, markReported } from './logger.ts';
export {
  Counter,
  countedTotal,
  countedTotalBy,
  createMetrics,
  Histogram,
  measuredGauge,
  type Registry,
} from './metrics.ts';
export { outputTaken, printBytes, printNotice, printResult } from './output.ts';
export { createProgram, runCommand } from './program.ts';
export { type RunningService, serveUntilStopped } from './serve-until-stopped.ts';
export { type Service, startService } from './service.ts';
export * from './setting-kinds.ts';
export { baseSettings, localHost, readSettings, type SettingsOf, type ShownSetting, showSettings } from './settings.ts';
export { createLruCache, sharedFor } from './shared-for.ts';
export { type Clock, createPace, type Pace, pause, untilAborted, within } from './time.ts';
export { inTurns, turn } from './turns.ts';
