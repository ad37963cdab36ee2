import { Counter, type Service } from '@ticket-check/runtime';
import type { FastifyRequest } from 'fastify';
import type { AnswerScan } from '../scan/answer-scans.ts';
import { scanRoute } from './scan-route.ts';

/** Serves `POST /scan` to callers with this terminal's token and to its kiosk page. */
export function serveScans(
  service: Service,
  options: { token: string; isFromKiosk: (request: FastifyRequest) => boolean; scan: AnswerScan },
): void {
  const refused = new Counter({
    name: 'scan_tokens_refused_total',
    help: 'Requests to scan without the token of this terminal',
    registers: [service.metrics],
  });
  service.route(async (app) => {
    await app.register(scanRoute, { ...options, onWrongToken: () => refused.inc() });
  });
}
