export { type Address, type Addresses, chooseAddresses, ROLES, type Role } from './addresses.ts';
export { type Demo, openDemo } from './demo.ts';
export { type LocalSite, localSite } from './processes.ts';
export { connectScanner, type ScanVerdict } from './scanner.ts';
export { CA_FILE, type Site } from './site.ts';
export { type Step, type WalkResult, walk } from './walk.ts';
