import { startNationalPlatform } from '@ticket-check/peers';
import { parsePublicKey, parseWallClock } from '@ticket-check/protocol';
import type { FromPlainServer, ToPlainServer } from './plain-above.ts';
import { CINEMA } from './tickets.ts';

// A national platform that speaks the scheme and nothing more, for whoever started this process, and until that one is gone.

let plain: Awaited<ReturnType<typeof startNationalPlatform>> | undefined;
const say = (message: FromPlainServer) => process.send?.(message);

process.on('message', async (message: ToPlainServer) => {
  if (message === 'calls') {
    say({ calls: plain?.calls.length ?? 0 });
    return;
  }
  const { tickets, publicKey, startTime } = message;
  const key = { ...parsePublicKey(publicKey), startTime: parseWallClock(startTime) };
  plain = await startNationalPlatform({ kind: 'plain', cinemaCodes: [CINEMA], keys: [[CINEMA, [key]]] });
  for (const ticket of tickets) plain.sell({ ...ticket, checkStatus: 'No', refundStatus: 'No', refundTime: null });
  say({ bundle: plain.bundle });
});
process.once('disconnect', () => process.exit());
