import { runMain } from '@ticket-check/runtime/main';

await runMain(async () => (await import('./cli.ts')).createTerminalProgram(process.env, Date.now));
