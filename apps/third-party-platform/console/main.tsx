import { startConsole } from '@ticket-check/console';

startConsole([
  { path: '/worklist', load: () => import('./worklist/worklist.tsx') },
  { path: '/fleet', load: () => import('./fleet/fleet-screen.tsx') },
  { path: '/accounts', load: () => import('./accounts/accounts-screen.tsx') },
]);
