import { startConsole } from '@ticket-check/console';

startConsole({ checkedBy: 'gate', areSentOn: true }, [
  { path: '/state', load: () => import('./state/state.tsx') },
  { path: '/gates', load: () => import('./gates/gates.tsx') },
  { path: '/lookup', load: () => import('./lookup/lookup.tsx') },
  { path: '/entries', load: () => import('./entries/entries.tsx') },
  { path: '/refusals', load: () => import('./refusals/refusals.tsx') },
  { path: '/findings', load: () => import('./findings/findings.tsx') },
  { path: '/reconciliation', load: () => import('@ticket-check/console/pages/reconciliation-screen') },
]);
