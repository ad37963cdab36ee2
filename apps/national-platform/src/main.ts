import { runProgram } from '@ticket-check/runtime';
import { createNationalProgram } from './cli.ts';

await runProgram(createNationalProgram(process.env, Date.now), process.argv);
