export { type Addresses, chooseFreeAddresses, ROLES, type Role } from './addresses.ts';
export { playBusyDays } from './busy-days.ts';
export { type Demo, openDemo } from './demo.ts';
export { openDemoOperators } from './demo-operators.ts';
export { composeSite, type LocalSite, localSite } from './site.ts';
export { connectScanner, type ScanVerdict, walk } from './walk.ts';
