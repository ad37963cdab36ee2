/** What the scanner of a staff phone is called. */
export const PHONE = 'phone-';

/** Where somebody scans: several phones share a gate, and each is a place; a gate's own scanners and its screen are one together. */
export const placeOf = (gate: string, scanner?: string | null): string =>
  scanner?.startsWith(PHONE) ? `${gate}\n${scanner}` : gate;
