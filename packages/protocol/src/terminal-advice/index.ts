export {
  type Advice,
  adviceOn,
  LATE_SECONDS,
  UNHEARD_SECONDS,
  worstOf,
} from './advice.ts';
export { deviceFaults, deviceJson } from './device-faults.ts';
export { adviceJson, adviceWords } from './words.ts';
