import { now, recordOf, type Ticket } from '../cinema.ts';
import { askOf } from '../frame/catalog.ts';
import type { PlatformWorld } from '../platform/world.ts';
import type { Stub } from '../stub/stub.ts';
import type { CallerWorld } from './cases.ts';

/** A third-party platform as the caller of the stub: what terminals report, it reports. */
export function thirdPartyAsCaller(world: PlatformWorld, stub: Stub): CallerWorld {
  return {
    ...{ ask: askOf(6, '5.2.3'), stub, pace: world.pace },
    async enter(ticket: Ticket) {
      return (await world.report([recordOf(ticket, now())])).isTrue;
    },
    async provokeKeys() {
      // A platform may fetch keys when it is asked for them again.
      await world.askKeys();
      await world.pace.wait(1.5);
      await world.askKeys();
    },
    async stillKnowsKeys() {
      const { data } = await world.askKeys();
      return JSON.stringify(data?.PublicKeys ?? '').includes(stub.cinema.ukeys.at(-2)?.spki ?? '');
    },
  };
}
