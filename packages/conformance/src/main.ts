import { runCommand } from './command.ts';

// A tested role may hold connections open for long.
process.exit(await runCommand(process.argv.slice(2), (text) => void process.stdout.write(text)));
