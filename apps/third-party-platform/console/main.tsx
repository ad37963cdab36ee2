import { startConsole } from '@ticket-check/console';

startConsole([]);
