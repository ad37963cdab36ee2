import { generateKeyPairSync } from 'node:crypto';
import { test } from 'vitest';
import * as z from 'zod';
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

/** Refuses, by a JSON Schema of the contract, also elements that it does not name. */
const strictly = (schema: unknown) =>
  z.fromJSONSchema(
    JSON.parse(JSON.stringify(schema), (_, part) =>
      part?.properties ? { ...part, additionalProperties: false } : part,
    ),
  );

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
  strictly(signedApisJson()[api]?.ReplyData).parse(JSON.parse(JSON.stringify(reply)));
});
