/**
 * `pnpm build:console`: builds the console of each app that has one, unless it was built from the same sources. With
 * `--if-possible` a failure is only told: services run without their screens.
 */
import { buildConsoles } from './build-console.ts';

try {
  const built = await buildConsoles();
  process.stderr.write(
    built.length === 0 ? 'The consoles are up to date.\n' : built.map((one) => `Built ${one}.\n`).join(''),
  );
} catch (error) {
  if (!process.argv.includes('--if-possible')) throw error;
  const [why] = String(error instanceof Error ? error.message : error).split('\n');
  process.stderr.write(`The screens of the consoles could not be built (pnpm build:console): ${why}\n`);
}
