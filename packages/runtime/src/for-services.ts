export {
  Counter,
  countedTotal,
  countedTotalBy,
  createMetrics,
  Histogram,
  measuredGauge,
  type Registry,
} from './metrics.ts';
export { startService } from './service.ts';
