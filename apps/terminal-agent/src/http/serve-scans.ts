import { Counter, type Service } from '@ticket-check/runtime';
import type { AnswerScan } from '../scan/answer-scans.ts';
import { scanRoute } from './scan-route.ts';
import { ensureScanToken } from './scan-token.ts';

/**
 * Serves `POST /scan` to whoever holds the token of this terminal, which is made on the first start.
 *
 * @throws ExpectedError when the token cannot be read or made.
 */
export async function serveScans(
  service: Service,
  { dataDir, scan }: { dataDir: string; scan: AnswerScan },
): Promise<void> {
  const token = await ensureScanToken(dataDir);
  const refused = new Counter({
    name: 'scan_tokens_refused_total',
    help: 'Requests to scan without the token of this terminal',
    registers: [service.metrics],
  });
  service.route(async (app) => {
    await app.register(scanRoute, { token, scan, onWrongToken: () => refused.inc() });
  });
}
