export { buildConsole } from './build-console.ts';
export { buildConsoles } from './build-consoles.ts';
