import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, reasonOf } from '@ticket-check/runtime';
import { Agent, request } from 'undici';
import { uuidv7 } from 'uuidv7';
import { CLOSED, ENABLED } from '../../devices/run-devices.ts';
import { ensureSecretFile } from '../../secrets/secret-file.ts';
import type { GateDriver } from '../gate-driver.ts';
import type { WebhookPlan } from '../gate-plan.ts';

/** From the first byte to the answer; a guest is waiting. */
const ANSWER_MS = 2000;
const SECRET_FILE = 'gate-webhook.secret';
const PREFIX = 'whsec_';

/** Loads the secret that signs calls, in the form of Standard Webhooks, or makes it on the first start. */
export const ensureWebhookSecret = (dataDir: string): Promise<string> =>
  ensureSecretFile(
    'The secret file of webhooks',
    join(dataDir, SECRET_FILE),
    () => `${PREFIX}${randomBytes(32).toString('base64')}`,
  );

/**
 * A gate that a door controller opens when it is called (docs/gates.md). Calls are signed by Standard Webhooks, so that the
 * controller can detect forged and repeated ones.
 */
export function createWebhookGate(
  gate: string,
  { url, openMs }: WebhookPlan,
  { secret, now, answerMs = ANSWER_MS }: { secret: string; now: Clock; answerMs?: number },
): GateDriver {
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
  let health = CLOSED;
  let agent: Agent | null = null;

  return {
    driver: 'webhook',
    opensByAnswer: false,
    sensor: null,
    start() {
      agent = new Agent({ connect: { timeout: answerMs }, pipelining: 0, maxResponseSize: 16 * 1024 });
      health = ENABLED;
    },
    async stop() {
      health = CLOSED;
      await agent?.close();
      agent = null;
    },
    health: () => health,
    async open(recordId) {
      if (agent === null) throw new Error('it is not started');
      const body = JSON.stringify({ Gate: gate, RecordId: recordId, OpenMs: openMs });
      const id = uuidv7();
      const timestamp = `${Math.floor(now() / 1000)}`;
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      const signal = AbortSignal.timeout(answerMs);
      const status = await statusOf(request(url, { method: 'POST', headers, body, dispatcher: agent, signal }));
      if (status < 200 || status > 299) throw new Error(`the door controller answers ${status}`);
    },
  };
}

async function statusOf(reply: ReturnType<typeof request>): Promise<number> {
  try {
    const { statusCode, body } = await reply;
    // Only the status counts; the body is read so that the connection can be reused.
    body.dump().catch(() => {});
    return statusCode;
  } catch (error) {
    const name = (error as Error).name;
    if (name === 'TimeoutError' || name === 'AbortError' || name === 'ConnectTimeoutError') {
      throw new Error('the door controller does not answer', { cause: error });
    }
    throw new Error(`the door controller cannot be called: ${reasonOf(error)}`, { cause: error });
  }
}
