export { adviceOn, worstOf } from './advice.ts';
export { type Advice, adviceJson, adviceWords, deviceFaults, deviceJson } from './words.ts';
