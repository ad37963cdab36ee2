import { startConsole } from '@ticket-check/console';

startConsole({ checkedBy: 'terminal', areSentOn: true }, [
  { path: '/today', load: () => import('./today/today-screen.tsx') },
  { path: '/claims', load: () => import('./claims/claims.tsx') },
  { path: '/reconciliation', load: () => import('@ticket-check/console/pages/reconciliation-screen') },
  { path: '/worklist', load: () => import('./worklist/worklist.tsx') },
  { path: '/fleet', load: () => import('./fleet/fleet-screen.tsx') },
  { path: '/accounts', load: () => import('./accounts/accounts-screen.tsx') },
  { path: '/ticket', load: () => import('./ticket/ticket.tsx') },
  { path: '/cinemas', load: () => import('./cinemas/cinemas.tsx') },
  { path: '/outbox', load: () => import('./outbox/outbox.tsx') },
]);
