import { useEffect, useEffectEvent, useState } from 'react';
import { askWhetherLoggedIn, goToLogin } from '../data/client.ts';

/** A connection that was refused or cut off is begun again after so long. */
const AGAIN_MS = 5_000;

/**
 * Hears what the service tells of a topic by itself, for as long as the page is in view: browsers open six connections to a host, and
 * a page that nobody sees needs none of them. Where the session has ended the login is shown.
 *
 * @param query the topic and what it is asked with; with null nothing is heard
 * @param hear is given what was told, and how far the clock of this device is ahead of the service's, in milliseconds
 * @returns false while the connection is cut off, so that what is shown may be old
 */
export function useTold(query: string | null, hear: (told: unknown, aheadMs: number) => void): boolean {
  const [isLive, setLive] = useState(true);
  const heard = useEffectEvent(hear);
  useEffect(() => {
    if (query === null) return;
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;

    function open() {
      close();
      source = new EventSource(`/events?${query}`);
      source.addEventListener('told', ({ data, lastEventId }) => {
        setLive(true);
        heard(JSON.parse(data), Date.now() - Number(lastEventId));
      });
      source.addEventListener('end', goToLogin);
      source.addEventListener('error', () => {
        setLive(false);
        if (source?.readyState !== EventSource.CLOSED) return;
        again = setTimeout(open, AGAIN_MS);
        // Perhaps the session has ended.
        askWhetherLoggedIn().catch(() => {});
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
  }, [query]);
  return isLive;
}
