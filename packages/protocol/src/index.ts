export { rsaMd5 } from './algorithms/rsa-md5.ts';
export { type KeyPair, KeyRefusal, type SignatureAlgorithm } from './algorithms/signature-algorithm.ts';
export { SCHEME_ALGORITHM, SIGNATURE_ALGORITHMS } from './algorithms/signature-algorithms.ts';
export {
  type CinemaCode,
  CODE_LENGTHS,
  type FilmCode,
  type FilmTicketCode,
  padCode,
  parseCinemaCode,
  parseFilmCode,
  parseFilmTicketCode,
  parseScreenCode,
  parseSeatCode,
  parseSessionCode,
  type ScreenCode,
  type SeatCode,
  type SessionCode,
  storedCinemas,
  type TicketIdentity,
} from './codes.ts';
export {
  type ETicketKey,
  eTicketKeyId,
  eTicketPublicKeyText,
  parseETicketPublicKey,
  verifyETicket,
} from './e-ticket/e-ticket-key.ts';
export {
  type ETicketContent,
  type ETicketFault,
  type ETicketText,
  isETicketFresh,
  readETicket,
  writeETicket,
} from './e-ticket/e-ticket-text.ts';
export { type Envelope, readEnvelope } from './envelope/read-envelope.ts';
export { type LargeEnvelope, readLargeEnvelope, SMALL_BODY_BYTES } from './envelope/read-large-envelope.ts';
export { type Reply, readReply, writeReply } from './envelope/reply.ts';
export { isSignedBy, type SignedParts, verifySignature } from './envelope/signature.ts';
export { unsignedRequest, VERSION, writeRequest } from './envelope/write-request.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  isErrorCode,
  MAY_COUNT_LATER,
  ProtocolError,
} from './errors.ts';
export {
  BUSINESS_DAYS_EXTENSION,
  CHANGES_EXTENSION,
  CHECK_RECORDS_EXTENSION,
  CLAIM_TICKET_EXTENSION,
  E_TICKETS_EXTENSION,
  EXTENSIONS_HEADER,
  formatExtensions,
  formatStoreGeneration,
  GENERATION_HEADER,
  KEYS_REFRESHED_EXTENSION,
  OVERRIDES_EXTENSION,
  POSITION_HEADER,
  parseExtensions,
  parseStoreGeneration,
  RECORD_ID_EXTENSION,
  RECORD_ORIGINS_EXTENSION,
  REVERSES_EXTENSION,
  SHARED_CINEMA_EXTENSION,
  SIGNED_STORE_EXTENSION,
  STORE_ELEMENT,
  STORE_GENERATION_EXTENSION,
  type StoreGeneration,
  TERMINAL_STATE_EXTENSION,
  TICKET_INFOS_EXTENSION,
  UNDONE_RECORDS_EXTENSION,
} from './extensions.ts';
export { APIS, type ApiName, MAX_RECORDS, MAX_TICKETS } from './messages/apis.ts';
export {
  type BusinessDayReport,
  MAX_TOLD_DAYS_BACK,
  readReportBusinessDayReply,
  reportBusinessDayQuery,
  reportBusinessDayQueryJson,
  reportBusinessDayReplyJson,
} from './messages/business-day.ts';
export {
  type CheckRecord,
  checkTicketJson,
  parseCheckTicket,
  type WireCheckRecord,
  type WireOptions,
} from './messages/check-record.ts';
export {
  type BlockingEntry,
  type ClaimEntry,
  type ClaimIdentity,
  type ClaimRelease,
  type ClaimReply,
  claimTicketQuery,
  claimTicketQueryJson,
  claimTicketReplyJson,
  type ReleaseOutcome,
  readClaimTicketReply,
  readReleaseClaimReply,
  releaseClaimQuery,
  releaseClaimQueryJson,
  releaseClaimReplyJson,
  type TicketClaim,
} from './messages/claim-ticket.ts';
export {
  createETicketReplyJson,
  type ETicketKeys,
  type ETicketLink,
  type ETicketOrder,
  eTicketOrderQuery,
  eTicketOrderQueryJson,
  getETicketKeysQuery,
  getETicketKeysReplyJson,
  readCreateETicketReply,
  readGetETicketKeysReply,
  readRecordPickUpReply,
  readRevokeETicketReply,
  recordPickUpReplyJson,
  revokeETicketQuery,
  revokeETicketQueryJson,
  revokeETicketReplyJson,
} from './messages/e-ticket.ts';
export { errorReplyJson, type PeerError, readErrorReply } from './messages/error-reply.ts';
export {
  type IntakeReply,
  importCinemasQuery,
  importFilmsQuery,
  importPublicKeysQuery,
  importRefundsQuery,
  importScreensQuery,
  importTicketsQuery,
  intakeReplyJson,
  readIntakeReply,
} from './messages/intake.ts';
export {
  type ChangeKind,
  type ChangesPage,
  changesPageJson,
  type ListChangesQuery,
  listChangesQuery,
  listChangesQueryJson,
  readChangesPage,
  type TicketChange,
} from './messages/list-changes.ts';
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
export { parseQuery, parseRow } from './messages/parse-message.ts';
export {
  type GetPublicKeysQuery,
  getPublicKeysQuery,
  getPublicKeysQueryJson,
  type PublicKeysReply,
  publicKeysReplyJson,
  publicKeysReplySteps,
  readPublicKeysReply,
  type UnusableKey,
} from './messages/public-keys.ts';
export { readSharedCinema, readTicketInfoReply } from './messages/read-ticket-info-reply.ts';
export { compareInOrder, createRecordsHash } from './messages/record-digest.ts';
export { deriveRecordId, parseRecordId, type RecordId } from './messages/record-id.ts';
export { isGateName, parseRecordOrigin, type RecordOrigin, UNTOLD_ORIGIN } from './messages/record-origin.ts';
export {
  type RecordFault,
  type ReportQuery,
  type ReportReply,
  readReportReply,
  reportQuery,
  reportQueryJson,
  reportReplyJson,
} from './messages/report.ts';
export { isReversal, parseReversal, type Reversal, reversalsQueryJson } from './messages/reversal.ts';
export {
  type CinemaRow,
  cinemaRow,
  cinemaRowJson,
  type FilmRow,
  filmRow,
  filmRowJson,
  type PublicKeyRow,
  publicKeyRow,
  publicKeyRowJson,
  type RefundRow,
  readPublicKeyRow,
  refundRow,
  refundRowJson,
  type ScreenRow,
  screenRow,
  screenRowJson,
  type TicketRow,
  ticketRow,
  ticketRowJson,
  type UnreadPublicKeyRow,
} from './messages/rows.ts';
export {
  type DeviceState,
  MAX_REPORTED_DOUBLES,
  type ReportedDouble,
  type ReportTerminalStateQuery,
  type ReportTerminalStateReply,
  readReportTerminalStateReply,
  reportTerminalStateQuery,
  reportTerminalStateQueryJson,
  reportTerminalStateReplyJson,
  type ScanTotals,
  type TerminalState,
} from './messages/terminal-state.ts';
export {
  getTicketInfoQuery,
  getTicketInfoQueryJson,
  type KnownEntry,
  type SoldTicket,
  type Status,
  sharedCinemaJson,
  type TicketInfo,
  ticketInfoJson,
} from './messages/ticket-info.ts';
export {
  getTicketInfosQuery,
  getTicketInfosQueryJson,
  readTicketInfosReply,
  type TicketInfosQuery,
  ticketInfosReplyJson,
} from './messages/ticket-infos.ts';
export { parseTicketType, TICKET_TYPES, type TicketType } from './messages/ticket-type.ts';
export { type Fen, formatYuan, PRICE_FORMS, type PriceForm, parseFen, parsePrice } from './money.ts';
export { type CinemaKey, decryptionOrder, keysInForce } from './public-key/keys-in-force.ts';
export { type CinemaKeyMaterial, parsePublicKey } from './public-key/parse-public-key.ts';
export { MAX_KEYS, MAX_KEYS_EVER, type StoredKey, storedKeyReader } from './public-key/stored-keys.ts';
export { quoted } from './quoted.ts';
export { REPLY_BOUNDS } from './reply-bounds.ts';
export { type DecodedTicketCode, decodeTicketCode } from './ticket-code/decode-ticket-code.ts';
export { encodeTicketCode, type TicketCodeContent, type TicketSealer } from './ticket-code/encode-ticket-code.ts';
export type { TicketCodeFields } from './ticket-code/layout.ts';
export { type RawTicketCode, readTicketCode } from './ticket-code/read-ticket-code.ts';
export { readTicketInHand, type TicketInHand, ticketOfCode } from './ticket-in-hand.ts';
export {
  addDays,
  addSeconds,
  type BusinessDate,
  businessDate,
  businessDay,
  epochOf,
  hasWallClock,
  hourOf,
  isWallClock,
  monthsBefore,
  parseBusinessDate,
  parseWallClock,
  parseWholeDay,
  TEN_MINUTES_LENGTH,
  timesOfHour,
  unixSecondsOf,
  type WallClock,
  type WallClockHour,
  wallClockAt,
} from './time.ts';
export { parseRefusalVerdict, type RefusalVerdict, VERDICTS, type Verdict } from './verdicts.ts';
