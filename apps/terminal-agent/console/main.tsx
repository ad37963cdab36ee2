import { startConsole } from '@ticket-check/console';

startConsole({ checkedBy: 'gate', areSentOn: true }, [
  { path: '/state', load: () => import('./state/state.tsx') },
  { path: '/gates', load: () => import('./gates/gates.tsx') },
  { path: '/lookup', load: () => import('./lookup/lookup.tsx') },
  { path: '/entries', load: () => import('./entries/entries.tsx') },
  { path: '/refusals', load: () => import('./refusals/refusals.tsx') },
  { path: '/findings', load: () => import('./findings/findings.tsx') },
  { path: '/records', load: () => import('@ticket-check/console/pages/records-screen') },
  { path: '/records/:recordId', load: () => import('@ticket-check/console/pages/record-screen') },
  { path: '/report', load: () => import('@ticket-check/console/pages/report-screen') },
  { path: '/reconciliation', load: () => import('@ticket-check/console/pages/reconciliation-screen') },
  { path: '/settings', load: () => import('@ticket-check/console/settings') },
  { path: '/api', load: () => import('@ticket-check/console/pages/api-screen') },
  { path: '/audit', load: () => import('@ticket-check/console/pages/audit-screen') },
  { path: '/audit/verify', load: () => import('@ticket-check/console/pages/verify-screen') },
]);
