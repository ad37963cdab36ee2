import { parseAddresses } from '../../parse-addresses.ts';
import { placeName, type ScannerPlace } from '../scanner-plan.ts';
import { hidDriver } from './hid.ts';
import type { ScannerDriver } from './scanner-driver.ts';
import { serialDriver } from './serial.ts';
import { standardInputDriver } from './standard-input.ts';
import { tcpDriver } from './tcp.ts';

/** @param host the address that the agent itself listens on */
export function driverFor(place: ScannerPlace, host: string): ScannerDriver {
  switch (place.driver) {
    case 'stdin':
      return standardInputDriver({ isPermanent: true });
    case 'serial':
      return serialDriver(place);
    case 'hid':
      return hidDriver(place, placeName(place));
    case 'tcp':
      return tcpDriver({ host, port: place.port, from: parseAddresses(place.from.join(',')) });
  }
}
