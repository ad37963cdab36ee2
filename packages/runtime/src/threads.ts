// For the programs of threads: they start sooner, and hold less, without all else that is here.
export { escapeInText } from './escape-controls.ts';
export { giveWay } from './give-way.ts';
