import { BlockList, isIP } from 'node:net';

/** Parses addresses and subnets separated by commas. @throws Error that names the bad one */
export function parseAddresses(text: string): BlockList {
  const list = new BlockList();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [address = '', length, ...rest] = part.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const isLength =
      length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 'ipv6' ? 128 : 32));
    if (isIP(address) === 0 || !isLength || rest.length > 0)
      throw new Error(`${part || 'nothing'} is not an IP address or subnet`);
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return list;
}
