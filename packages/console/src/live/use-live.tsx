import { type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import { Tag } from 'antd';
import { useEffect, useEffectEvent, useState } from 'react';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { goToLogin, lookOn } from '../data/client.ts';
import { useJson } from '../data/use-json.ts';

/** The pause before a refused or cut connection is opened again. */
const AGAIN_MS = 5_000;

/** Whether the data shown is current: nothing received yet, current, or possibly old. */
export type Freshness = 'not-yet' | 'live' | 'old';

/**
 * The service's answer to a path, kept up to date by a topic, which gets the query of the path. Without a topic the answer stays
 * as it is.
 */
export function useLiveJson<T>(
  path: string,
  topic: string | undefined,
): { readonly answer: UseQueryResult<T>; readonly freshness: Freshness } {
  const client = useQueryClient();
  const answer = useJson<T>(path);
  // A refused request is not repeated.
  const isAnswered = answer.data !== undefined && !answer.isPlaceholderData;
  const asked = new URLSearchParams(path.split('?')[1]);
  if (topic !== undefined) asked.set('topic', topic);
  const freshness = useTopic(topic !== undefined && isAnswered ? asked.toString() : null, (data) => {
    // An older answer that is under way would overwrite it.
    void client.cancelQueries({ queryKey: [path], exact: true }).then(() => client.setQueryData([path], data as T));
  });
  return { answer, freshness };
}

/**
 * Subscribes to a live topic while the page is visible: browsers open six connections to a host, and a hidden page needs none of
 * them. Shows the login if the session has ended. Without heartbeats the data counts as old, and the connection is opened again: it
 * may have died silently.
 *
 * @param query the topic and its parameters; null subscribes to nothing
 * @param onEvent gets each event
 */
function useTopic(query: string | null, onEvent: (data: unknown) => void): Freshness {
  const [freshness, setFreshness] = useState<Freshness>('not-yet');
  const pass = useEffectEvent(onEvent);
  useEffect(() => {
    if (query === null) return;
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    /** How long the service may be silent, in milliseconds, once it has said so. */
    let silentMs: number | undefined;

    function openAfter(ms: number | undefined) {
      clearTimeout(timer);
      if (ms !== undefined) timer = setTimeout(open, ms, 'old');
    }
    function open(isNow: Freshness) {
      close();
      setFreshness(isNow);
      let isUpToDate = false;
      source = new EventSource(`/events?${query}`);
      openAfter(silentMs);
      source.addEventListener('told', ({ data }) => {
        isUpToDate = true;
        openAfter(silentMs);
        setFreshness('live');
        pass(JSON.parse(data));
      });
      source.addEventListener('beat', ({ data }) => {
        silentMs = Number(data);
        openAfter(silentMs);
        if (isUpToDate) setFreshness('live');
      });
      source.addEventListener('end', goToLogin);
      source.addEventListener('error', () => {
        // A browser may reopen the stream by itself.
        isUpToDate = false;
        setFreshness('old');
        if (source?.readyState !== EventSource.CLOSED) return;
        openAfter(AGAIN_MS);
        // Perhaps the session has ended.
        lookOn('/console.json').catch(() => {});
      });
    }
    function close() {
      clearTimeout(timer);
      source?.close();
      source = null;
    }
    function follow() {
      if (document.visibilityState !== 'visible') close();
      // The data from before the page was hidden may be old.
      else if (source === null) open('not-yet');
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

const WORDS = inEachLanguage({
  'not-yet': ['正在连接……', 'Connecting…'],
  live: ['实时更新', 'Live'],
  old: [
    '连接已中断，正在重连；以下数据可能已过时。',
    'Connection lost, reconnecting. What is shown may be out of date.',
  ],
});

const COLOURS = { 'not-yet': 'default', live: 'success', old: 'warning' } as const;

export function LiveLabel({ freshness }: { freshness: Freshness }) {
  const t = useWords(WORDS);
  return (
    // What it says of a connection that is cut off is a sentence.
    <Tag color={COLOURS[freshness]} role="status" style={{ marginBottom: 8, whiteSpace: 'normal' }}>
      {t[freshness]}
    </Tag>
  );
}
