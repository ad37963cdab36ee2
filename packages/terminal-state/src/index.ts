export {
  type Advice,
  adviceOn,
  LATE_SECONDS,
  UNHEARD_SECONDS,
  worstOf,
} from './advice.ts';
export { adviceWords } from './words.ts';
