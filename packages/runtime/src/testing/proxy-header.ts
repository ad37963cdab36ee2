import { once } from 'node:events';
import { type AddressInfo, connect, createServer, isIPv6 } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a proxy sends first: version 2 with the guest's address; null: the proxy speaks for itself. */
export function proxyHeader(address: string | null, port: number, tlvs = Buffer.alloc(0)): Buffer {
  const ends = address === null ? Buffer.alloc(0) : endsOf(address, port);
  const head = Buffer.from([
    address === null ? 0x20 : 0x21,
    address === null ? 0 : ends.length > 12 ? 0x21 : 0x11,
    0,
    0,
  ]);
  head.writeUInt16BE(ends.length + tlvs.length, 2);
  return Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), head, ends, tlvs]);
}

function endsOf(address: string, port: number): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(port);
  ports.writeUInt16BE(9000, 2);
  return Buffer.concat([bytesOf(address), bytesOf(isIPv6(address) ? '::1' : '127.0.0.1'), ports]);
}

function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/**
 * A balancer at a port of 127.0.0.1 that says where connections come from, and connects from 127.0.0.2. Two connections go to one of
 * the URLs, the next two to the next.
 */
export async function startBalancer(urls: readonly string[]): Promise<string> {
  let accepted = 0;
  const balancer = createServer((guest) => {
    const { hostname: host, port } = new URL(urls[(accepted++ >> 1) % urls.length] ?? '');
    const service = connect({ host, port: Number(port), localAddress: '127.0.0.2' });
    service.write(proxyHeader(guest.remoteAddress ?? '', guest.remotePort ?? 0));
    for (const [from, to] of [[guest, service] as const, [service, guest] as const]) {
      from.pipe(to).on('error', () => from.destroy());
      from.on('close', () => to.destroy());
    }
  });
  balancer.listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  onTestFinished(() => void balancer.close());
  return `https://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
}
