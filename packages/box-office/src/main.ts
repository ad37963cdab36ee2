import { runProgram } from '@ticket-check/runtime';
import { createBoxOfficeProgram } from './program.ts';

await runProgram(createBoxOfficeProgram(Date.now), process.argv);
