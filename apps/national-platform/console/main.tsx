import { startConsole } from '@ticket-check/console';

startConsole({ checkedBy: 'platform', areSentOn: false }, [
  { path: '/today', load: () => import('./today/today-screen.tsx') },
  { path: '/platforms', load: () => import('./platforms/platforms.tsx') },
  { path: '/intake', load: () => import('./intake/intake.tsx') },
  { path: '/completeness', load: () => import('./completeness/completeness.tsx') },
  { path: '/cinemas', load: () => import('./cinemas/cinemas.tsx') },
  { path: '/tickets', load: () => import('./tickets/tickets.tsx') },
  { path: '/records', load: () => import('@ticket-check/console/pages/records-screen') },
  { path: '/records/:recordId', load: () => import('@ticket-check/console/pages/record-screen') },
  { path: '/report', load: () => import('@ticket-check/console/pages/report-screen') },
  { path: '/settings', load: () => import('@ticket-check/console/settings') },
  { path: '/api', load: () => import('@ticket-check/console/pages/api-screen') },
  { path: '/audit', load: () => import('@ticket-check/console/pages/audit-screen') },
  { path: '/audit/verify', load: () => import('@ticket-check/console/pages/verify-screen') },
]);
