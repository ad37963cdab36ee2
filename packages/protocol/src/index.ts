export { algorithm as SCHEME_ALGORITHM, rsaMd5 } from './algorithms/rsa-md5.ts';
export * from './algorithms/signature-algorithm.ts';
export * from './algorithms/signature-algorithms.ts';
export { sm2Sm3 } from './algorithms/sm2-sm3.ts';
export * from './codes.ts';
export { signedApisJson } from './contract/signed-apis.ts';
export * from './e-ticket.ts';
export { type Envelope, readEnvelope } from './envelope/read-envelope.ts';
export { compressed, isJsonObject, jsonObjectIn } from './envelope/read-json-body.ts';
export * from './envelope/read-large-envelope.ts';
export * from './envelope/reply.ts';
export { refuseDuplicateKey, scanJsonObject } from './envelope/scan-json.ts';
export * from './envelope/signature.ts';
export * from './errors.ts';
export * from './extensions.ts';
export * from './messages/apis.ts';
export * from './messages/business-day.ts';
export {
  type CheckRecord,
  checkTicketJson,
  isGateName,
  parseCheckTicket,
  parseRecordOrigin,
  type RecordOrigin,
  UNTOLD_ORIGIN,
  type WireCheckRecord,
  type WireOptions,
} from './messages/check-record.ts';
export * from './messages/claim-ticket.ts';
export * from './messages/e-ticket.ts';
export { elementsJson, parseTicketType, TICKET_TYPES, type TicketType } from './messages/elements.ts';
export * from './messages/error-reply.ts';
export * from './messages/intake.ts';
export * from './messages/list-changes.ts';
export {
  type HourOfRecords,
  type ListCheckRecordsQuery,
  type ListedCheckRecord,
  listCheckRecordsQuery,
  listCheckRecordsQueryJson,
  listedHoursJson,
  listedRecordsJson,
  readListedHours,
  readListedRecords,
} from './messages/list-check-records.ts';
export * from './messages/parse-message.ts';
export * from './messages/public-keys.ts';
export { readSharedCinema, readTicketInfoReply } from './messages/read-ticket-info-reply.ts';
export { compareInOrder, createRecordsHash } from './messages/record-digest.ts';
export * from './messages/record-id.ts';
export * from './messages/report.ts';
export * from './messages/terminal-state.ts';
export * from './messages/ticket-info.ts';
export * from './money.ts';
export * from './public-key/cinema-keys.ts';
export * from './reply-bounds.ts';
export * from './ticket-code/decode-ticket-code.ts';
export * from './ticket-code/encode-ticket-code.ts';
export * from './ticket-code/read-ticket-code.ts';
export * from './ticket-in-hand.ts';
export * from './time.ts';
export * from './verdicts.ts';
