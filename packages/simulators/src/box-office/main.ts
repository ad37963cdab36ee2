import { runMain } from '@ticket-check/runtime/main';

await runMain(async () => (await import('./commands.ts')).createBoxOfficeProgram(process.env, Date.now));
