import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** The addresses of what pages look like; each changes with its content, so that browsers keep it. */
export type Assets = {
  readonly style: string;
  readonly icon: string;
  readonly passkey: string;
  readonly follow: string;
};

/** Serves the style sheet, the icon and the scripts, to everybody. */
export function serveAssets(app: FastifyInstance): Assets {
  function serve(file: string, type: string): string {
    const content = readFileSync(join(import.meta.dirname, 'assets', file));
    const path = `/assets/${createHash('sha256').update(content).digest('hex').slice(0, 12)}-${file}`;
    app.get(path, async (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(content),
    );
    return path;
  }
  return {
    style: serve('style.css', 'text/css; charset=utf-8'),
    icon: serve('icon.svg', 'image/svg+xml'),
    passkey: serve('passkey.js', 'text/javascript; charset=utf-8'),
    follow: serve('follow.js', 'text/javascript; charset=utf-8'),
  };
}
