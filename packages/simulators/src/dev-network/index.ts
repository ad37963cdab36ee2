export { type Addresses, chooseFreeAddresses, ROLES, type Role } from './addresses.ts';
export { playBusyDays } from './busy-day/busy-days.ts';
export { composeSite } from './compose.ts';
export { type Demo, openDemo } from './demo.ts';
export { openDemoOperators } from './demo-operators.ts';
export { type LocalSite, localSite } from './processes.ts';
export { connectScanner, type ScanVerdict } from './scanner.ts';
export { walk } from './walk.ts';
