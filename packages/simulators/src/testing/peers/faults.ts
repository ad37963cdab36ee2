type Kind = 'held' | 'ignored' | 'failing' | 'reply lost';
type Fault = { kind: Kind; apis: readonly string[]; over: Promise<void>; mend: Mend };

/** Ends a fault. */
export type Mend = () => void;

/** The answer to a call that never gets one. */
export const NO_REPLY = Symbol('no reply');

/** What may go wrong between a caller and a peer: for the Apis named, or for all. The latest fault decides. */
export function createFaults() {
  let standing: readonly Fault[] = [];

  function begin(kind: Kind, apis: readonly string[]): Mend {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const mend = () => {
      standing = standing.filter((other) => other !== fault);
      resolve();
    };
    const fault = { kind, apis, over, mend };
    standing = [...standing, fault];
    return mend;
  }

  const faultOf = (api: string) => standing.findLast(({ apis }) => apis.length === 0 || apis.includes(api));

  async function through<T>(api: string, handle: () => Promise<T>): Promise<T | typeof NO_REPLY> {
    let fault = faultOf(api);
    while (fault?.kind === 'held') {
      await fault.over;
      fault = faultOf(api);
    }
    if (fault?.kind === 'ignored') return NO_REPLY;
    if (fault?.kind === 'failing') throw new Error('the peer is broken');
    const reply = await handle();
    return fault?.kind === 'reply lost' ? NO_REPLY : reply;
  }

  return {
    /** Calls wait until the fault is over, and are handled then. */
    hold: (...apis: string[]) => begin('held', apis),
    /** Calls never arrive: nothing is handled or answered. */
    ignore: (...apis: string[]) => begin('ignored', apis),
    /** Calls are answered with INTERNAL_ERROR, and nothing comes of them. */
    fail: (...apis: string[]) => begin('failing', apis),
    /** Calls are handled, and their replies never arrive. */
    loseReplies: (...apis: string[]) => begin('reply lost', apis),
    through,
    /** Ends all of them. */
    mendAll(): void {
      for (const { mend } of standing) mend();
    },
  };
}
