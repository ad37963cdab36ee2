import type { Case } from '../frame/case.ts';
import { accountCases, keyCases, reportCases, ticketCases } from './apis.ts';
import { extensionCases } from './extensions.ts';
import { loadCases } from './load.ts';
import { signatureCases } from './signatures.ts';
import { transportCases } from './transport.ts';
import type { PlatformWorld } from './world.ts';

/** What a platform of either kind is asked from below. */
export const platformCases = (world: PlatformWorld): Case[] => [
  ...transportCases(world),
  ...signatureCases(world),
  ...accountCases(world),
  ...keyCases(world),
  ...ticketCases(world),
  ...reportCases(world),
  ...extensionCases(world),
  ...loadCases(world),
];
