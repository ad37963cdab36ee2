import { startConsole } from '@ticket-check/console';

startConsole({ checkedBy: 'platform', areSentOn: false }, [
  { path: '/today', load: () => import('./today/today-screen.tsx') },
  { path: '/platforms', load: () => import('./platforms/platforms.tsx') },
  { path: '/intake', load: () => import('./intake/intake.tsx') },
  { path: '/completeness', load: () => import('./completeness/completeness.tsx') },
  { path: '/cinemas', load: () => import('./cinemas/cinemas.tsx') },
  { path: '/tickets', load: () => import('./tickets/tickets.tsx') },
]);
