import { useEffect, useEffectEvent, useState } from 'react';
import { askWhetherLoggedIn, goToLogin } from '../data/client.ts';
import { watchSilence } from './watch-silence.ts';

/** The pause before a refused or cut connection is opened again. */
const AGAIN_MS = 5_000;

/** Whether the data shown is current: nothing received yet, current, or possibly old. */
export type Freshness = 'not-yet' | 'live' | 'old';

/**
 * Subscribes to a live topic while the page is visible: browsers open six connections to a host, and a hidden page needs none of
 * them. Shows the login if the session has ended. Without heartbeats the data counts as old, and the connection is opened again: it
 * may have died silently.
 *
 * @param query the topic and its parameters; null subscribes to nothing
 * @param hear gets each event, and how far the clock of this device is ahead of the service's, in milliseconds
 */
export function useTold(query: string | null, hear: (told: unknown, aheadMs: number) => void): Freshness {
  const [freshness, setFreshness] = useState<Freshness>('not-yet');
  const heard = useEffectEvent(hear);
  useEffect(() => {
    if (query === null) return;
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const silence = watchSilence(() => {
      setFreshness('old');
      open();
    });

    function open() {
      close();
      let isTold = false;
      source = new EventSource(`/events?${query}`);
      silence.heard();
      source.addEventListener('told', ({ data, lastEventId }) => {
        isTold = true;
        silence.heard();
        setFreshness('live');
        heard(JSON.parse(data), Date.now() - Number(lastEventId));
      });
      source.addEventListener('beat', ({ data }) => {
        silence.heard(Number(data));
        if (isTold) setFreshness('live');
      });
      source.addEventListener('end', goToLogin);
      source.addEventListener('error', () => {
        // A browser may begin the stream again by itself.
        isTold = false;
        setFreshness('old');
        if (source?.readyState !== EventSource.CLOSED) return;
        again = setTimeout(open, AGAIN_MS);
        // Perhaps the session has ended.
        askWhetherLoggedIn().catch(() => {});
      });
    }
    function close() {
      clearTimeout(again);
      silence.end();
      source?.close();
      source = null;
    }
    function follow() {
      if (document.visibilityState !== 'visible') return close();
      if (source !== null) return;
      // What stood here while nobody looked may be old by now.
      setFreshness('not-yet');
      open();
    }

    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      close();
    };
  }, [query]);
  return freshness;
}
