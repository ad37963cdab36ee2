export { connectTo, issueAccount } from './accounts.ts';
export { keptLog, postRaw, type RawReply } from './requests.ts';
export { startSignedServer } from './signed-server.ts';
export { placeCertificate, sharedTls, testTls } from './tls.ts';
