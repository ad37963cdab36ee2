export { startServer } from '../server.ts';
export { testTls } from './certificate.ts';
export { failToStart, takenPort } from './failed-start.ts';
export { freePort } from './free-port.ts';
export { measureTurns } from './measure-turns.ts';
export { needsTag } from './needs-tag.ts';
export { outputOf } from './output-of.ts';
export { turnsDuring } from './turns-during.ts';
export { writeBeforeReading } from './write-before-reading.ts';
