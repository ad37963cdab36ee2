export { connectTo } from './connect-to.ts';
export { issueAccount } from './issue-account.ts';
export { keptLog } from './log-lines.ts';
export { placeCertificate } from './place-certificate.ts';
export { postPipelined } from './post-pipelined.ts';
export { postRaw, type RawReply } from './post-raw.ts';
export { startSignedServer } from './signed-server.ts';
export { sharedTls, testTls } from './test-tls.ts';
