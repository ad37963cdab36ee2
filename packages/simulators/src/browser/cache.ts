import { join } from 'node:path';

/** The directory into which the browser and its fonts are unpacked, once. */
export const CACHE = join(import.meta.dirname, '..', '..', '..', '..', 'node_modules', '.cache', 'chromium');
