import { type CallerWorld, callerCases, judgedCases, thirdPartyAsCaller } from './callers/cases.ts';
import { type Case, notAsked } from './frame/case.ts';
import { askOf } from './frame/catalog.ts';
import { accountCases, keyCases, reportCases, ticketCases } from './platform/apis.ts';
import { extensionCases } from './platform/extensions.ts';
import { loadCases } from './platform/load.ts';
import { signatureCases } from './platform/signatures.ts';
import { errorsKeepEnvelope, transportCases } from './platform/transport.ts';
import type { PlatformWorld } from './platform/world.ts';

/** The cases are only named where there is no stub. */
const WITHOUT_STUB = { ask: askOf(6, '5.2.3'), stub: null } as unknown as CallerWorld;

/** What a platform of either kind is asked from below, and of a third-party platform what it does as a caller. */
export function platformCases(world: PlatformWorld): Case[] {
  const { role, stub } = world;
  const caller = stub === null ? WITHOUT_STUB : thirdPartyAsCaller(world, stub);
  const above = role === 'national' ? [] : [...callerCases(caller), ...judgedCases(caller)];
  const isCalled = stub !== null && stub.calls.length > 0;
  const run = async () => notAsked('The tested platform does not call the stub of the kit: see --stub in --help.');
  return [
    ...transportCases(world),
    ...signatureCases(world),
    ...accountCases(world),
    ...keyCases(world),
    ...ticketCases(world),
    ...reportCases(world),
    ...extensionCases(world),
    ...loadCases(world),
    ...(isCalled ? above : above.map((asked) => ({ ...asked, run }))),
    errorsKeepEnvelope(world),
  ];
}
