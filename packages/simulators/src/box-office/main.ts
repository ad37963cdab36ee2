import { runMain } from '@ticket-check/runtime/main';

await runMain(async () => (await import('./program.ts')).createBoxOfficeProgram(process.env, Date.now));
