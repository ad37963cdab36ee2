import { startConsole } from '@ticket-check/console';

startConsole({ checkedBy: 'terminal', areSentOn: true }, [
  { path: '/today', load: () => import('./today/today-screen.tsx') },
  { path: '/claims', load: () => import('./claims/claims.tsx') },
  { path: '/records', load: () => import('@ticket-check/console/pages/records-screen') },
  { path: '/records/:recordId', load: () => import('@ticket-check/console/pages/record-screen') },
  { path: '/report', load: () => import('@ticket-check/console/pages/report-screen') },
  { path: '/reconciliation', load: () => import('@ticket-check/console/pages/reconciliation-screen') },
  { path: '/worklist', load: () => import('./worklist/worklist.tsx') },
  { path: '/fleet', load: () => import('./fleet/fleet-screen.tsx') },
  { path: '/accounts', load: () => import('./accounts/accounts-screen.tsx') },
  { path: '/ticket', load: () => import('./ticket/ticket.tsx') },
  { path: '/cinemas', load: () => import('./cinemas/cinemas.tsx') },
  { path: '/settings', load: () => import('@ticket-check/console/settings') },
  { path: '/outbox', load: () => import('./outbox/outbox.tsx') },
  { path: '/api', load: () => import('@ticket-check/console/pages/api-screen') },
  { path: '/audit', load: () => import('@ticket-check/console/pages/audit-screen') },
  { path: '/audit/verify', load: () => import('@ticket-check/console/pages/verify-screen') },
]);
