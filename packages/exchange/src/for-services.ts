export { serveEnrolment } from './enrolment/serve-enrolment.ts';
export { createRefusalPace } from './server/refusal-pace.ts';
export { createRequestLimit } from './server/request-limit.ts';
export { serveSignedApis } from './server/serve-signed-apis.ts';
export { type Call, type SignedApi, signedApi } from './server/signed-api.ts';
export { getTicketInfosApi } from './server/ticket-infos-api.ts';
