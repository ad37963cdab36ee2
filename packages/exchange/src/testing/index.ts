export { type Peer, type PeerAnswer, type PeerRequest, startPeer } from './peer.ts';
export { type PostOptions, postRaw, type RawReply } from './post-raw.ts';
export { type SignedServer, startSignedServer } from './signed-server.ts';
export { testTls } from './test-tls.ts';
