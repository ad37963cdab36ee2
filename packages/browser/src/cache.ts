import { join } from 'node:path';

/** Where the browser and its fonts are unpacked, once. */
export const CACHE = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'chromium');
