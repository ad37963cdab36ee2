import { startConsole } from '@ticket-check/console';

startConsole([
  { path: '/today', load: () => import('./today/today-screen.tsx') },
  { path: '/worklist', load: () => import('./worklist/worklist.tsx') },
  { path: '/fleet', load: () => import('./fleet/fleet-screen.tsx') },
  { path: '/accounts', load: () => import('./accounts/accounts-screen.tsx') },
  { path: '/ticket', load: () => import('./ticket/ticket.tsx') },
  { path: '/cinemas', load: () => import('./cinemas/cinemas.tsx') },
  { path: '/settings', load: () => import('@ticket-check/console/settings') },
  { path: '/outbox', load: () => import('./outbox/outbox.tsx') },
]);
