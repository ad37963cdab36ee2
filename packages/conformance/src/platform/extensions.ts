import { APIS, type ApiName, EXTENSIONS_HEADER, type Extension, formatExtensions } from '@ticket-check/protocol';
import { questionOf, recordOf } from '../cinema.ts';
import { type Case, fail, warn } from '../frame/case.ts';
import { namesBeside } from '../stub/judge.ts';
import { bodyOf, partsOf } from '../wire/send.ts';
import { EIGHTEEN } from './apis.ts';
import type { PlatformWorld } from './world.ts';

/** Extensions that consist of an Api. */
const APIS_OF: Partial<Record<Extension, ApiName>> = {
  'claim-ticket': APIS.claimTicket,
  'ticket-infos': APIS.getTicketInfos,
  'check-records': APIS.listCheckRecords,
  'terminal-state': APIS.reportTerminalState,
  changes: APIS.listChanges,
  'e-tickets': APIS.getETicketKeys,
};

/** What is announced is served, and who announces nothing gets nothing foreign. Reading X1. */
export function extensionCases(world: PlatformWorld): Case[] {
  const { ask, caller } = world;
  return [
    ask('extensions.plain', async () => {
      const ticket = world.take();
      const replies = [
        { names: ['PublicKeys'], ...(await world.askKeys()) },
        {
          names: [...EIGHTEEN, 'ErrorCode', 'ErrorMessage'],
          ...(await world.call(APIS.getTicketInfo, questionOf(ticket))),
        },
        { names: ['ReportResult'], ...(await world.report([recordOf(ticket)])).reply },
      ];
      const foreign = replies.flatMap(({ text, data, names }) => [
        ...namesBeside(JSON.parse(text), ['Version', 'Datetime', 'ReplyData']),
        ...namesBeside(data ?? {}, names),
      ]);
      return foreign.length === 0 ? '' : warn(`The scheme does not name ${foreign.join(', ')}.`);
    }),
    ask('extensions.announced', async () => {
      const headers = { [EXTENSIONS_HEADER]: formatExtensions(Object.keys(APIS_OF)) };
      const asked = (api: string) => world.post(bodyOf(partsOf(caller, api, '{}')), { headers });
      const { announced } = await asked(APIS.getPublicKeys);
      const missing: string[] = [];
      for (const [extension, api] of Object.entries(APIS_OF)) {
        if (!announced.has(extension as Extension)) continue;
        if ((await asked(api)).data?.ErrorCode === 'API_UNKNOWN') missing.push(extension);
      }
      if (missing.length > 0) fail(`Announced, and the Api is unknown: ${missing.join(', ')}.`);
      return announced.size === 0 ? 'It announces none.' : [...announced].join(', ');
    }),
  ];
}
