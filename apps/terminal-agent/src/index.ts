export { startTerminalAgent, type TerminalAgent, type TerminalAgentOptions } from './app.ts';
export type { Gate, Gates } from './gate/gate.ts';
export type { VerdictJson } from './scan/scan-result.ts';
