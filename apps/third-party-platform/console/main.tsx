import { startConsole } from '@ticket-check/console';

startConsole([{ path: '/worklist', load: () => import('./worklist/worklist.tsx') }]);
