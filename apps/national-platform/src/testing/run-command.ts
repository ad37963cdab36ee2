import { fileURLToPath } from 'node:url';
import { commandsOf, startProgram } from '@ticket-check/runtime/testing';
import { createNationalProgram } from '../cli.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Runs a command of the national platform as a process of its own. */
export const startCommand = (args: readonly string[], env: Record<string, string>) => startProgram(MAIN, args, env);

export const runCommand = commandsOf(MAIN, createNationalProgram);
