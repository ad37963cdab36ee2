import { runMain } from '../run-main.ts';

await runMain(async () => (await import('./fixture-program.ts')).program);
