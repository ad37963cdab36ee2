import { runProgram } from '@ticket-check/runtime';
import { createTerminalProgram } from './cli.ts';

await runProgram(createTerminalProgram(process.env, Date.now), process.argv);
