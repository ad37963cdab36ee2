export { readSymbolSvg } from './read-symbol-svg.ts';
export { readSymbols } from './read-symbols.ts';
