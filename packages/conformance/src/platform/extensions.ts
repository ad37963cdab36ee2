import type { ApiName, Extension } from '@ticket-check/protocol';
import { APIS, EXTENSIONS_HEADER, formatExtensions, readGetETicketKeysReply } from '@ticket-check/protocol';
import { callerOf } from '../bundle.ts';
import { now, questionOf, recordOf } from '../cinema.ts';
import { type Case, fail, notAsked, warn } from '../frame/case.ts';
import { namesBeside } from '../stub/judge.ts';
import { bodyOf, partsOf, send, worded } from '../wire/send.ts';
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

/** What a selling service and a terminal ask of a third-party platform about e-tickets. Scheme 5.1.3, 5.1.4; reading C5. */
const eTicketCase = (world: PlatformWorld): Case =>
  world.ask('e-tickets.made', async () => {
    const { bundle, caller, tape } = world;
    if (bundle.Seller === undefined) return notAsked('Needs Seller in the bundle: the account of a selling service.');
    const [{ code, info }, other] = [world.takeKnown(), world.takeKnown()];
    const by = callerOf(caller.url, bundle, bundle.Seller);
    const made = (TicketInfoCode: string) =>
      world.call(APIS.createETicket, { ...questionOf({ info }), TicketInfoCode }, { by });
    if ((await made(other.code)).data?.Url !== undefined) fail('One was made with the code of another ticket.');
    const reply = await made(code);
    const url = String(reply.data?.Url);
    if (!url.startsWith('https://')) fail(`Answered with ${worded(reply).slice(0, 200)}`);
    const { status, text } = await send({ url, ca: caller.ca }, '', { method: 'GET', tape });
    if (status !== 200 || !text.startsWith('<!')) fail(`Its page is answered with HTTP ${status}.`);
    const { keys } = readGetETicketKeysReply((await world.call(APIS.getETicketKeys, {})).data ?? {});
    const inForce = keys.filter(({ validUntil, revokedAt }) => validUntil > now() && revokedAt === null);
    return inForce.length > 0 ? '' : fail('GetETicketKeys has no key in force.');
  });

/** What is announced is served, and who announces nothing gets nothing foreign. Reading X1. */
export function extensionCases(world: PlatformWorld): Case[] {
  const { ask, caller, role } = world;
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
        const { data } = await asked(api);
        if (data === null || data.ErrorCode === 'API_UNKNOWN') missing.push(extension);
      }
      if (missing.length > 0) fail(`Announced, and the Api is unknown: ${missing.join(', ')}.`);
      return announced.size === 0 ? 'It announces none.' : [...announced].join(', ');
    }),
    ...(role === 'third-party' ? [eTicketCase(world)] : []),
  ];
}
