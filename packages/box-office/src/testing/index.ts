export { readSymbols } from './read-symbols.ts';
