export { checkRecordPages } from './console/check-record-pages.ts';
export { outboxPages } from './console/outbox-pages.ts';
export { recordMetrics } from './delivery/metrics.ts';
export { type Reporting, startReporting } from './delivery/start-reporting.ts';
export { createJudgingPool, type JudgingPool } from './judging/judging-pool.ts';
export { receiveRecords } from './receiving/receive-records.ts';
export { watchCompleteness } from './reports/watch-completeness.ts';
export { purgeOldRecords } from './retention/purge-job.ts';
