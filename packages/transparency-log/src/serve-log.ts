import type { Service } from '@ticket-check/runtime';
import { TILE_WIDTH } from './merkle/tree.ts';
import type { NamedTile, TransparencyLog } from './transparency-log.ts';

/**
 * A tile as C2SP tlog-tiles names it: its level, its index in parts of three digits, the first of several not 000, and the
 * width of a partial one.
 */
const TILE = /^(0|[1-9]\d?)\/((?:x(?!000)\d{3}\/(?:x\d{3}\/)*)?\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;
const FOR_GOOD = 'public, max-age=31536000, immutable';

/**
 * Serves a log on the console as C2SP tlog-tiles says: `/log/checkpoint` and `/log/tile/…`. Anyone may ask, so that a witness
 * needs no login: only hashes are served, never entries.
 */
export function serveLog(service: Service, log: TransparencyLog): void {
  service.pages((console) => {
    console.get('/log/checkpoint', async (_, reply) => {
      const latest = await log.checkpoint();
      reply
        .header('cache-control', 'no-store')
        .header('x-content-type-options', 'nosniff')
        .type('text/plain; charset=utf-8');
      if (latest === null) return reply.code(404).send('No checkpoint was signed yet.\n');
      return reply.send(latest.note);
    });
    console.get<{ Params: { '*': string } }>('/log/tile/*', async (request, reply) => {
      const named = parseTile(request.params['*']);
      const tile = named === null ? null : await log.tile(named);
      reply.header('x-content-type-options', 'nosniff');
      if (tile === null) {
        return reply
          .code(404)
          .header('cache-control', 'no-store')
          .type('text/plain; charset=utf-8')
          .send('There is no such tile.\n');
      }
      return reply.header('cache-control', FOR_GOOD).type('application/octet-stream').send(tile);
    });
  });
}

function parseTile(path: string): NamedTile | null {
  const [, level, index = '', width = String(TILE_WIDTH)] = TILE.exec(path) ?? [];
  const tile = { level: Number(level), index: Number(index.replaceAll(/[x/]/g, '')), width: Number(width) };
  const isTile = level !== undefined && tile.level < 64 && Number.isSafeInteger(tile.index * TILE_WIDTH);
  return isTile && (path.includes('.p/') ? tile.width < TILE_WIDTH : true) ? tile : null;
}
