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
 * @param onEvent gets each event, and how far the clock of this device is ahead of the service's, in milliseconds
 */
export function useTopic(query: string | null, onEvent: (data: unknown, aheadMs: number) => void): Freshness {
  const [freshness, setFreshness] = useState<Freshness>('not-yet');
  const pass = useEffectEvent(onEvent);
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
      let isUpToDate = false;
      source = new EventSource(`/events?${query}`);
      silence.heard();
      source.addEventListener('told', ({ data, lastEventId }) => {
        isUpToDate = true;
        silence.heard();
        setFreshness('live');
        pass(JSON.parse(data), Date.now() - Number(lastEventId));
      });
      source.addEventListener('beat', ({ data }) => {
        silence.heard(Number(data));
        if (isUpToDate) setFreshness('live');
      });
      source.addEventListener('end', goToLogin);
      source.addEventListener('error', () => {
        // A browser may reopen the stream by itself.
        isUpToDate = false;
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
      // The data from before the page was hidden may be old.
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
