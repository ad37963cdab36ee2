import { runMain } from '@ticket-check/runtime/main';

await runMain(async () => (await import('./cli.ts')).createThirdPartyProgram(process.env, Date.now));
