import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll } from 'vitest';
import { needsTag } from './needs-tag.ts';

// Vitest's setup file: a test that starts a process needs the tag.
const CHANNEL = 'child_process';
const refuse = () => needsTag('process');

beforeAll(() => subscribe(CHANNEL, refuse));
afterAll(() => void unsubscribe(CHANNEL, refuse));
