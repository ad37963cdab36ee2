export { ticketKey } from './claims.ts';
export {
  type PeerPlatform,
  startNationalPlatform,
  startThirdPartyPlatform,
} from './peer-platform.ts';
export { HttpAnswer } from './signed-peer.ts';
