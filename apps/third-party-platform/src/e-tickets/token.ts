import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { TicketIdentity } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { ETicketTables } from './e-ticket-tables.ts';

const TOKEN_BYTES = 18;
const TOKEN = /^[A-Za-z0-9_-]{24}$/;
const SECRET = 'links';

/** The token in the link of a ticket: the same whenever it is asked for, so that a lost reply can be asked for again. Reading C5. */
export function tokenOf(secret: string, { startTime, cinemaCode, filmTicketCode }: TicketIdentity, serial: number) {
  const link = JSON.stringify([startTime, cinemaCode, filmTicketCode, serial]);
  return createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(link)
    .digest()
    .subarray(0, TOKEN_BYTES)
    .toString('base64url');
}

/** What is kept of a token. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Whether a text may be a token at all. */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** The secret behind this store's tokens, made if missing. */
export async function loadLinkSecret({ db }: Pick<Store<ETicketTables>, 'db'>): Promise<string> {
  const load = () => db.selectFrom('eTicketSecret').select('secret').where('name', '=', SECRET).executeTakeFirst();
  const known = await load();
  if (known !== undefined) return known.secret;
  await db
    .insertInto('eTicketSecret')
    .values({ name: SECRET, secret: randomBytes(32).toString('base64') })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const kept = await load();
  if (kept === undefined) throw new Error('the secret of the e-ticket links is gone');
  return kept.secret;
}
