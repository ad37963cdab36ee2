import enUs from 'antd/es/locale/en_US';
import zhCn from 'antd/es/locale/zh_CN';
import './shell/console.css';
import { DownOutlined } from '@ant-design/icons';
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { Alert, Button, ConfigProvider } from 'antd';
import { type ComponentType, lazy, type ReactNode, StrictMode, Suspense, useLayoutEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { Route, Switch } from 'wouter';
import { type Begun, BegunContext, type RecordsHere, useWords } from './begin/begun.ts';
import { readJson } from './data/client.ts';
import { giveStylesTheNonce, NONCE, themeOf, useShade } from './look/theme.ts';
import { Shell, WORDS } from './shell/shell.tsx';
import { Nothing, ProblemNotice, Waiting } from './states/states.tsx';

/** A screen of a service: its path as the service declares it, and what shows it, loaded once it is opened. */
export type ConsoleScreen = {
  readonly path: string;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
};

const EVERYWHERE: readonly ConsoleScreen[] = [
  { path: '/records', load: () => import('./pages/records-screen.tsx') },
  { path: '/records/:recordId', load: () => import('./pages/record-screen.tsx') },
  { path: '/report', load: () => import('./pages/report-screen.tsx') },
  { path: '/settings', load: () => import('./pages/settings.tsx') },
  { path: '/api', load: () => import('./pages/api-screen.tsx') },
  { path: '/audit', load: () => import('./pages/audit-screen.tsx') },
  { path: '/audit/verify', load: () => import('./pages/verify-screen.tsx') },
  { path: '/operators', load: () => import('./pages/operators-screen.tsx') },
  { path: '/operators/one', load: () => import('./pages/operators-screen.tsx') },
  { path: '/account', load: () => import('./pages/account-screen.tsx') },
  { path: '/tokens', load: () => import('./pages/tokens-screen.tsx') },
];

/** Shows the console of a service in its document. */
export function startConsole(recordsHere: RecordsHere, screens: readonly ConsoleScreen[]): void {
  giveStylesTheNonce();
  const client = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false } } });
  const routes = [...screens, ...EVERYWHERE].map(({ path, load }) => (
    <Route key={path} path={path} component={lazy(load)} />
  ));
  createRoot(document.getElementById('console') as HTMLElement).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Console recordsHere={recordsHere} routes={routes} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

function Console({ recordsHere, routes }: { recordsHere: RecordsHere; routes: ReactNode }) {
  const shade = useShade();
  const begun = useQuery({
    queryKey: ['/console.json'],
    queryFn: ({ signal }) => readJson<Begun>('/console.json', signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const isChinese = begun.data?.Language !== 'en';
  useLayoutEffect(() => {
    document.documentElement.lang = isChinese ? 'zh-CN' : 'en';
  }, [isChinese]);
  return (
    <ConfigProvider
      theme={themeOf(shade)}
      locale={isChinese ? zhCn : enUs}
      csp={{ nonce: NONCE }}
      button={{ autoInsertSpace: false }}
      // Its own is called “down” to who cannot see it.
      select={{ suffixIcon: <DownOutlined aria-hidden /> }}
    >
      <BegunContext value={begun.data ? { ...begun.data, ...recordsHere } : null}>
        {begun.data !== undefined ? (
          <Shell>
            <Screens routes={routes} />
          </Shell>
        ) : (
          <main id="content">
            {begun.isError ? <ProblemNotice error={begun.error} retry={() => void begun.refetch()} /> : <Waiting />}
          </main>
        )}
      </BegunContext>
    </ConfigProvider>
  );
}

/** The screen of the address. If it cannot be shown, the menu stays: its files may be of a version that is not served any longer. */
function Screens({ routes }: { routes: ReactNode }) {
  const { broken, unknown } = useWords(WORDS);
  const reload = (
    <Button type="primary" onClick={() => window.location.reload()}>
      {broken.reload}
    </Button>
  );
  return (
    <Alert.ErrorBoundary title={broken.title} description={<Nothing title={broken.text}>{reload}</Nothing>}>
      <Suspense fallback={<Waiting />}>
        <Switch>
          {routes}
          <Route>
            <Nothing {...unknown} />
          </Route>
        </Switch>
      </Suspense>
    </Alert.ErrorBoundary>
  );
}
