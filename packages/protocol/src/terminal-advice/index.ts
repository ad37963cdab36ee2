export { adviceOn, LATE_SECONDS, UNHEARD_SECONDS, worstOf } from './advice.ts';
export { type Advice, adviceJson, adviceWords, deviceFaults, deviceJson } from './words.ts';
