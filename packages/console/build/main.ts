/** `pnpm build:console`: builds the console of each app that has one, unless it was built from the same sources. */
import { buildConsoles } from './build-console.ts';

const built = await buildConsoles();
process.stderr.write(
  built.length === 0 ? 'The consoles are up to date.\n' : built.map((one) => `Built ${one}.\n`).join(''),
);
