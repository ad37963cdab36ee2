import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { reportBusinessDayReplyJson } from '../messages/business-day.ts';
import { claimTicketReplyJson, releaseClaimReplyJson } from '../messages/claim-ticket.ts';
import {
  createETicketReplyJson,
  getETicketKeysReplyJson,
  recordPickUpReplyJson,
  revokeETicketReplyJson,
} from '../messages/e-ticket.ts';
import { errorReplyJson } from '../messages/error-reply.ts';
import { intakeReplyJson } from '../messages/intake.ts';
import { changesPageJson } from '../messages/list-changes.ts';
import { listedHoursJson, listedRecordsJson } from '../messages/list-check-records.ts';
import { publicKeysReplyJson } from '../messages/public-keys.ts';
import { reportReplyJson } from '../messages/report.ts';
import { reportTerminalStateReplyJson } from '../messages/terminal-state.ts';
import { ticketInfoJson, ticketInfosReplyJson } from '../messages/ticket-info.ts';
import { signedApisJson } from './signed-apis.ts';

/** What is wrong with a value, by a JSON Schema of the contract: elements that it does not name, or that are missing. */
function faultsIn(schema: Schema, value: unknown, at = ''): string[] {
  if (schema.anyOf !== undefined) {
    const tried = schema.anyOf.map((one) => faultsIn(one, value, at));
    return tried.toSorted((a, b) => a.length - b.length)[0] ?? [];
  }
  if (Array.isArray(value)) return value.flatMap((one) => faultsIn(schema.items ?? {}, one, `${at}[]`));
  if (typeof value !== 'object' || value === null) {
    const types = [schema.type ?? []].flat();
    const type =
      value === null ? 'null' : Number.isInteger(value) && !types.includes('number') ? 'integer' : typeof value;
    const isRight = (types.length === 0 || types.includes(type)) && (schema.enum?.includes(value) ?? true);
    return isRight ? [] : [`${at} is ${JSON.stringify(value)}`];
  }
  const known = schema.properties ?? {};
  return [
    ...(schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, part]) => {
      if (part === undefined) return [];
      const its = known[name];
      return its === undefined ? [`${at}.${name} is not named`] : faultsIn(its, part, `${at}.${name}`);
    }),
  ];
}

type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
};

const at = '2026-11-24T20:00:00';
const recordId = '018f3e2a-7b1c-7c3d-8e4f-5a6b7c8d9e0f';
const ticket = {
  ...{ cinemaCode: '31012801', cinemaName: '星河', screenCode: '0000000000000001', screenName: '1 号厅' },
  ...{ filmCode: '001103332026', filmName: '片', sessionCode: '0000000000000001', startTime: at, sellTime: at },
  ...{ ticketType: '网络售票', filmTicketCode: '1234567890123456', rowNum: 1, columnNum: 2, price: 4500, service: 300 },
  ...{ checkStatus: 'No', refundStatus: 'Yes', refundTime: at },
};
const record = { ...ticket, ticketInfoCode: 'x'.repeat(180), checkTime: at, recordId, overriddenVerdict: 'REFUNDED' };
const entry = { checkTime: at, recordId, gate: 'gate-1', terminal: 'door', unrecorded: true, claimUrl: 'https://a.cn' };
const claim = { claimed: false, stateKnown: true, refunded: true, released: true, entryPossible: true, entry };
const fault = { index: 0, filmTicketCode: '1', errorCode: 'INVALID_PRICE', errorMessage: 'no' };
const key = {
  keyId: 'k',
  publicKey: generateKeyPairSync('ed25519').publicKey,
  validFrom: at,
  validUntil: at,
  revokedAt: null,
};
const listed = { record, quarantine: 'TOO_MANY_ENTRIES', delivered: false, refused: 'INVALID_PRICE', undone: true };
const hour = { hour: '2026-11-24T20', records: 1, hash: '0'.repeat(64), quarantined: 0, undelivered: 0 };
const unknown = errorReplyJson('TICKET_NOT_FOUND', 'No such ticket.');

test.each<[string, unknown]>([
  ['GetPublicKeys', publicKeysReplyJson([{ spki: 'MIIB', startTime: at as never }], { refreshed: true })],
  ['ReportOriginalCheckTickets', reportReplyJson({ result: false, rejected: [fault] } as never, { extended: true })],
  ['ReportOriginalCheckTickets', reportReplyJson({ result: true, quarantined: [fault] } as never, { extended: true })],
  ['GetTicketInfo', ticketInfoJson(ticket as never)],
  ['GetTicketInfos', ticketInfosReplyJson([ticketInfoJson(ticket as never), unknown])],
  ['ListCheckRecords', listedHoursJson([hour as never])],
  ['ListCheckRecords', listedRecordsJson([listed as never], null, { overrides: true, undone: true })],
  ['ReportTerminalState', reportTerminalStateReplyJson({ kept: true, doubles: [{ recordId, entry }] } as never)],
  ['ReportBusinessDay', reportBusinessDayReplyJson({ kept: true })],
  [
    'ListChanges',
    changesPageJson({ changes: [{ ...ticket, kind: 'refunded' }], cursor: 'c', more: false, asOf: null } as never),
  ],
  [
    'ClaimTicket',
    claimTicketReplyJson({ ...claim, sharedCinema: true, restoredAt: at, eTicket: 'live', ticket } as never),
  ],
  ['ClaimTicket', claimTicketReplyJson({ ...claim, entry: null, ticket: 'unknown-ticket' } as never)],
  ['ReleaseClaim', releaseClaimReplyJson('not-holder')],
  ['CreateETicket', createETicketReplyJson({ url: 'https://a.cn', token: 't' })],
  ['RevokeETicket', revokeETicketReplyJson()],
  ['RecordPickUp', recordPickUpReplyJson(at as never)],
  ['GetETicketKeys', getETicketKeysReplyJson({ host: 'a.cn', keys: [key as never] })],
  ['ImportTickets', intakeReplyJson({ imported: 1, unchanged: 0 })],
])('the contract names what is answered to %s', (api, reply) => {
  expect(faultsIn(signedApisJson()[api]?.ReplyData as Schema, JSON.parse(JSON.stringify(reply)))).toEqual([]);
});
