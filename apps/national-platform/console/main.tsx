import { startConsole } from '@ticket-check/console';

startConsole([
  { path: '/platforms', load: () => import('./platforms/platforms.tsx') },
  { path: '/cinemas', load: () => import('./cinemas/cinemas.tsx') },
  { path: '/tickets', load: () => import('./tickets/tickets.tsx') },
  { path: '/settings', load: () => import('@ticket-check/console/settings') },
]);
