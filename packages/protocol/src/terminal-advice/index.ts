export {
  type Advice,
  adviceOn,
  LATE_SECONDS,
  UNHEARD_SECONDS,
  worstOf,
} from './advice.ts';
export { adviceJson, adviceWords, deviceFaults, deviceJson } from './words.ts';
