import { parsePublicKey, parseWallClock } from '@ticket-check/protocol';
import { startNationalPlatform } from '@ticket-check/simulators/peers';
import type { FromPlainServer, ToPlainServer } from './plain-above.ts';
import { CINEMA } from './tickets.ts';

// A national platform that speaks only the scheme, until the process that started this one is gone.

process.on('message', async ({ tickets, publicKey, startTime }: ToPlainServer) => {
  const key = { ...parsePublicKey(publicKey), startTime: parseWallClock(startTime) };
  const plain = await startNationalPlatform({ kind: 'plain', cinemaCodes: [CINEMA], keys: [[CINEMA, [key]]] });
  for (const ticket of tickets) plain.sell({ ...ticket, checkStatus: 'No', refundStatus: 'No', refundTime: null });
  process.send?.({ bundle: plain.bundle } satisfies FromPlainServer);
});
process.once('disconnect', () => process.exit());
