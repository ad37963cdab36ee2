import { besideConsole, FORBIDDEN, type PageSet, runDeclared } from '@ticket-check/admin';
import { mayOperateFor, type Operator, permits } from '@ticket-check/operators';
import { beginEventStream, OperationRefused, type Service, sharedFor } from '@ticket-check/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TerminalSettings } from '../config.ts';
import type { OfferedEnrolment } from '../enrolment/offered-enrolment.ts';
import type { KioskMay } from '../http/scan-route.ts';
import type { BadgeDesk } from '../override/badge-desk.ts';
import type { createLooks } from '../scan/look-at-ticket.ts';
import { createEventStreams, createReadStatus, type ScanFeed, type StatusParts } from './kiosk-events.ts';
import { loadKioskFiles } from './kiosk-files.ts';
import { chooserHtml, elsewhere, kioskHtml, refusedHtml } from './kiosk-html.ts';
import { stepOut } from './step-out.ts';
import { createWhoMay } from './who-may.ts';

/** Scripts, styles, fonts and connections only of this terminal; WebAssembly only on this page, to read camera pictures. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const LONGEST_PIN = 32;

/** About as long as a timer can wait. */
const FILES_KEPT_MS = 20 * 86_400_000;

/** The browser's last gate, to which the console links back. */
const GATE_COOKIE = '__Host-kiosk-gate';
const GATE_COOKIE_OPTIONS = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'strict',
  maxAge: 365 * 86_400,
  encode: String,
} as const;

/**
 * Serves the kiosk page. Returns who may scan without the terminal's token: its page, on machines that may open it, and elsewhere where
 * staff are logged in.
 */
export function serveKiosk(
  service: Service,
  options: Omit<StatusParts, 'enrolment'> & {
    settings: TerminalSettings;
    /** That of `POST /scan`. */
    token: string;
    feed: ScanFeed;
    enrolment: OfferedEnrolment;
    looks: Pick<ReturnType<typeof createLooks>, 'ask'>;
    badgeDesk: Pick<BadgeDesk, 'letIn'>;
  },
): KioskMay {
  const { store, settings, cinemas, token, feed, enrolment, looks, badgeDesk } = options;
  const hosts = [settings.HOST, new URL(settings.PUBLIC_URL).hostname];
  const whoMay = createWhoMay({ token, addresses: settings.KIOSK_ADDRESSES, hosts });
  const gates = options.gates.all.map(({ name }) => name);
  const sensors = new Set(options.gates.all.filter(({ sensor }) => sensor !== null).map(({ name }) => name));
  const hasPassOuts = settings.PASS_OUTS === 'on';
  const readStatus = createReadStatus({ ...options, enrolment: enrolment.shown });

  /** Whether an operator may scan with a phone: by role, and for every cinema of the terminal. */
  async function isStaff(operator: Operator | null): Promise<boolean> {
    if (operator === null || !permits(operator.role, 'tickets.check')) return false;
    const served = await cinemas.served();
    return served === 'all' ? operator.cinemaCodes === 'all' : served.every((code) => mayOperateFor(operator, code));
  }

  /** Loaded at the first request, since a terminal without a screen starts without them, and again after a failure. */
  const loadFiles = sharedFor(FILES_KEPT_MS, loadKioskFiles);
  const streams = createEventStreams({ feed, readStatus, loadFiles, logger: service.logger });

  service.route(async (root) => {
    await root.register(async (app) => {
      const beside = await besideConsole(app, { service, store, settings });
      // Listening is no use, which would keep the login of an unattended phone alive.
      const listener = (request: FastifyRequest) => beside.operator(request, { asUse: false });
      app.addHook('onRequest', async (request, reply) => {
        reply.headers(HEADERS);
        if (whoMay.isHere(request)) return;
        const find = request.routeOptions.url === '/kiosk/events' ? listener : beside.operator;
        const operator = whoMay.isOwnHost(request) ? await find(request) : null;
        if (await isStaff(operator)) return;
        if (operator !== null) return html(reply.code(403), refusedHtml(FORBIDDEN));
        // The console leads back here after the login.
        const login = whoMay.isOwnHost(request) ? consoleFor(request, settings) : null;
        if (request.routeOptions.url === '/kiosk' && login?.isThere) return reply.redirect(`${login.url}/kiosk`, 303);
        return html(reply.code(403), refusedHtml(elsewhere(request.ip)));
      });
      app.addHook('preClose', async () => streams.close());

      app.get('/kiosk', async (request, reply) => {
        const { gate, isChoosing } = asked(request);
        const { build } = await loadFiles();
        const isHere = whoMay.isHere(request);
        if (isHere) {
          await beside
            .leave(request, reply, 'the kiosk page was opened')
            .catch((err: unknown) => request.log.error({ err }, 'failed to log out an operator'));
        }
        const chosen = gate ?? (isChoosing ? undefined : gates.length === 1 ? gates[0] : gateBefore(request, gates));
        if (chosen === undefined || !gates.includes(chosen)) {
          const unknown = chosen ?? null;
          return html(reply.code(unknown === null ? 200 : 404), chooserHtml({ gates, build }, unknown));
        }
        reply.setCookie(GATE_COOKIE, encodeURIComponent(chosen), GATE_COOKIE_OPTIONS);
        const staff = isHere ? null : ((await beside.operator(request))?.username ?? null);
        const page = { gate: chosen, gates, build, key: whoMay.key, staff, hasPassOuts };
        const staffed = { consoleUrl: consoleFor(request, settings)?.url ?? null, hasSensor: sensors.has(chosen) };
        return html(reply, kioskHtml({ ...page, admitsBefore: settings.ADMIT_BEFORE_MINUTES }, staffed));
      });

      app.post('/kiosk/enrolment', async (request, reply) => {
        if (!whoMay.isHere(request) || !whoMay.isOfPage(request)) return reply.code(403).send();
        const { Confirm, Offer } = (request.body ?? {}) as { Confirm?: unknown; Offer?: unknown };
        if (Confirm !== true) {
          enrolment.cancel();
          return reply.code(204).send();
        }
        const isReplaced = await enrolment.confirm(String(Offer), request.ip);
        // The page gets the other one with the next status.
        return reply.code(isReplaced ? 409 : 204).send();
      });

      const ofPage =
        (act: (request: FastifyRequest, gate: string, scanner: string | undefined) => unknown) =>
        async (request: FastifyRequest, reply: FastifyReply) => {
          const { gate, scanner } = asked(request);
          if (gate === undefined || !gates.includes(gate)) return reply.code(404).send();
          if (!whoMay.isOfPage(request)) return reply.code(403).send();
          return (await act(request, gate, scanner)) ?? reply.code(204).send();
        };

      app.post(
        '/kiosk/look',
        ofPage((_, gate, scanner) => looks.ask(gate, scanner)),
      );

      app.post(
        '/kiosk/override',
        ofPage(({ body, ip }, gate, scanner) => {
          const { Offer, Pin, Reason } = (body ?? {}) as { Offer?: unknown; Pin?: unknown; Reason?: unknown };
          const given = { offer: String(Offer), pin: String(Pin).slice(0, LONGEST_PIN), reason: String(Reason) };
          return badgeDesk.letIn({ ...given, from: ip }, gate, scanner);
        }),
      );

      // Only for staff who are logged in: anybody may stand at the screen of a gate.
      app.post('/kiosk/step-out', async (request, reply) => {
        const operator = whoMay.isOfPage(request) ? await beside.operator(request) : null;
        const input = stepOut.input.safeParse(request.body);
        const isAllowed = hasPassOuts && input.success && (await isStaff(operator));
        if (operator === null || !isAllowed) return reply.code(403).send();
        const asked = { actor: operator.username, from: request.ip, reason: '', cinemas: operator.cinemaCodes };
        try {
          const { result, by } = await runDeclared(stepOut, { store, now: service.now }, input.data, asked);
          return stepOut.answer?.(result, by);
        } catch (error) {
          if (error instanceof OperationRefused) return reply.code(error.problem.status).send(error.problem);
          throw error;
        }
      });

      app.get('/kiosk/files/*', async (request, reply) => {
        const [build, ...path] = (request.params as { '*': string })['*'].split('/');
        const files = await loadFiles();
        const file = build === files.build ? await files.find(path.join('/')) : null;
        if (file === null) return reply.code(404).send();
        return reply.type(file.type).header('cache-control', 'private, max-age=31536000, immutable').send(file.content);
      });

      app.get('/kiosk/events', async (request, reply) => {
        const { gate } = asked(request);
        if (gate === undefined || !gates.includes(gate)) return reply.code(404).send();
        if (!whoMay.isOwnPage(request)) return reply.code(403).send();
        if (streams.isFull()) return reply.code(503).header('retry-after', 10).send();
        const connection = beginEventStream(reply.headers({ ...HEADERS, 'cache-control': 'no-store' }));
        const isWelcome = async () => whoMay.isHere(request) || isStaff(await listener(request));
        if (connection !== null) streams.open({ gate, connection, isWelcome });
      });
    });
  });
  return async (app) => {
    const beside = await besideConsole(app, { service, store, settings });
    return async (request) =>
      whoMay.isOfPage(request) && (whoMay.isHere(request) || isStaff(await beside.operator(request)));
  };
}

function gateBefore({ cookies }: FastifyRequest, gates: readonly string[]): string | undefined {
  const before = cookies[GATE_COOKIE];
  return gates.find((gate) => gate === before);
}

const html = (reply: FastifyReply, text: string) =>
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(text);

function asked({ query }: FastifyRequest) {
  const { gate, choose, scanner } = query as Record<string, unknown>;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { gate: textOf(gate), scanner: textOf(scanner), isChoosing: choose !== undefined };
}

/** Where a browser finds the console, and whether it listens where the page was opened; null: its port is unknown before it listens. */
function consoleFor({ host }: FastifyRequest, { HOST, CONSOLE_HOST, CONSOLE_PORT }: TerminalSettings) {
  if (CONSOLE_PORT === 0) return null;
  const isThere = [HOST, '0.0.0.0', '::'].includes(CONSOLE_HOST);
  const name = isThere ? new URL(`https://${host}`).hostname : CONSOLE_HOST;
  return { url: `https://${name}:${CONSOLE_PORT}`, isThere };
}

/** The link from the console to the kiosk page: back to the screen at the gate, which ends the login, or, on a phone, to its scanner. @param port that of the service */
export function kioskLink({ port }: { port: number }): PageSet {
  return {
    name: 'to-kiosk',
    link: {
      path: '/kiosk',
      label: { zh: '扫码检票', en: 'Scan tickets' },
      permission: 'records.read',
      // Use the host under which the browser opened the console.
      to: (host) => `https://${new URL(`https://${host}`).hostname}:${port}/kiosk`,
    },
  };
}
