import { useEffect, useState } from 'react';
import { goToLogin, readJson } from '../data/client.ts';

/** A connection that was refused or cut off is begun again after so long. */
const AGAIN_MS = 5_000;

type Live<T> = {
  /** What the service told last; null before the first time. */
  readonly data: T | null;
  /** False while the connection is cut off, so that what is shown may be old. */
  readonly isLive: boolean;
  /** So far the clock of this device is ahead of the service's, in milliseconds. */
  readonly aheadMs: number;
};

/**
 * What the service tells of a topic by itself, for as long as the page is in view: browsers open six connections to a host, and a
 * page that nobody sees needs none of them. Where the session has ended the login is shown.
 */
export function useLive<T>(topic: string): Live<T> {
  const [live, setLive] = useState<Live<T>>({ data: null, isLive: true, aheadMs: 0 });
  useEffect(() => {
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;

    function open() {
      close();
      source = new EventSource(`/events?${new URLSearchParams({ topic })}`);
      source.addEventListener('told', ({ data, lastEventId }) =>
        setLive({ data: JSON.parse(data), isLive: true, aheadMs: Date.now() - Number(lastEventId) }),
      );
      source.addEventListener('end', goToLogin);
      source.addEventListener('error', () => {
        setLive((before) => ({ ...before, isLive: false }));
        if (source?.readyState !== EventSource.CLOSED) return;
        again = setTimeout(open, AGAIN_MS);
        // It leads to the login where that is why.
        readJson('/console.json').catch(() => {});
      });
    }
    function close() {
      clearTimeout(again);
      source?.close();
      source = null;
    }
    const follow = () => (document.visibilityState === 'visible' ? source === null && open() : close());

    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      close();
    };
  }, [topic]);
  return live;
}
