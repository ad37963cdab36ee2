import { createPrivateKey } from 'node:crypto';
import type { Bundle } from '../bundle.ts';
import { createUpstream, type Upstream, type UpstreamOptions } from '../client/upstream.ts';

/** A client of the platform that issued this bundle; it speaks no extension by default. */
export function connectTo(
  { Url, Username, PrivateKey, CaCertificate }: Bundle,
  options: Partial<Pick<UpstreamOptions, 'extensions' | 'now' | 'store' | 'url'>> = {},
): Upstream {
  if (PrivateKey === null) throw new Error('this bundle came without a private key');
  const privateKey = createPrivateKey(PrivateKey);
  const account = { url: Url, username: Username, privateKey, ca: CaCertificate };
  return createUpstream({ ...account, extensions: [], now: Date.now, ...options });
}
