export { keyPairOf } from './key-pair.ts';
export { type Peer, type PeerAnswer, type PeerRequest, startPeer } from './peer.ts';
export {
  type PeerPlatform,
  startNationalPlatform,
  startThirdPartyPlatform,
} from './peer-platform.ts';
export { HttpAnswer } from './signed-peer.ts';
export { ticketKey } from './ticket-key.ts';
