import { createProgram, runProgram } from '@ticket-check/runtime';
import { addCommands } from './commands.ts';

const program = createProgram(
  'box-office',
  "A stand-in for a cinema's ticketing system, on a state file that holds the cinema and its private keys.",
).option('--state <file>', 'the state file', '.data/box-office.json');
addCommands(program, Date.now);
await runProgram(program, process.argv);
