import { runProgram } from '@ticket-check/runtime';
import { createThirdPartyProgram } from './cli.ts';

await runProgram(createThirdPartyProgram(process.env, Date.now), process.argv);
