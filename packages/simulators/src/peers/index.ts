export {
  type PeerPlatform,
  startNationalPlatform,
  startThirdPartyPlatform,
} from './peer-platform.ts';
export { HttpAnswer } from './signed-peer.ts';
export { ticketKey } from './ticket-key.ts';
