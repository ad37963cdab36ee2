import { keepThreads } from '../sqlite/sqlite-thread.ts';

// Vitest's setup file: tests open hundreds of databases one after another, several at a time.
keepThreads(6);
