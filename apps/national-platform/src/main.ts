import { runMain } from '@ticket-check/runtime/main';

await runMain(async () => (await import('./cli.ts')).createNationalProgram(process.env, Date.now));
