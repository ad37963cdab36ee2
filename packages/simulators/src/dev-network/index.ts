export { playBusyDays } from './busy-days.ts';
export { type Demo, openDemo, openDemoOperators } from './demo.ts';
export {
  type Addresses,
  chooseAddresses,
  composeSite,
  type LocalSite,
  localSite,
  ROLES,
  type Role,
} from './site.ts';
export { connectScanner, type ScanVerdict, walk } from './walk.ts';
