import { useEffect, useEffectEvent, useState } from 'react';
import { askWhetherLoggedIn, goToLogin } from '../data/client.ts';
import { watchSilence } from './watch-silence.ts';

/** A connection that was refused or cut off is begun again after so long. */
const AGAIN_MS = 5_000;

/** Whether what is shown is as the service has it: nothing was heard yet, it is, or it may be old. */
export type Freshness = 'not-yet' | 'live' | 'old';

/**
 * Hears what the service tells of a topic by itself, for as long as the page is in view: browsers open six connections to a host, and
 * a page that nobody sees needs none of them. Where the session has ended the login is shown. What the service stops sending
 * heartbeats for is old, and the connection is begun again: it may have ended without a word.
 *
 * @param query the topic and what it is asked with; with null nothing is heard
 * @param hear is given what was told, and how far the clock of this device is ahead of the service's, in milliseconds
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
