import { runProgram } from '@ticket-check/runtime';
import { createBoxOfficeProgram } from './program.ts';

await runProgram(createBoxOfficeProgram(process.env, Date.now), process.argv);
