export { type Peer, type PeerAnswer, type PeerRequest, startPeer } from '@ticket-check/peers';
