import * as runtime from '@ticket-check/runtime/testing';
import { onTestFinished } from 'vitest';
import * as peers from './index.ts';

export type { PeerPlatform } from './index.ts';

// The same peers, each closed when the test that started it ends.

export const startPeer = closedWithTest(runtime.startPeer);
export const startNationalPlatform = closedWithTest(peers.startNationalPlatform);
export const startThirdPartyPlatform = closedWithTest(peers.startThirdPartyPlatform);

function closedWithTest<Args extends unknown[], P extends { close(): Promise<void> }>(
  start: (...args: Args) => Promise<P>,
): (...args: Args) => Promise<P> {
  return async (...args) => {
    const peer = await start(...args);
    onTestFinished(() => peer.close());
    return peer;
  };
}
