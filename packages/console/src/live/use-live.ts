import { useState } from 'react';
import { type Freshness, useTopic } from './use-topic.ts';

type Live<T> = {
  /** The latest event; null before the first one. */
  readonly data: T | null;
  readonly freshness: Freshness;
  /** How far the clock of this device is ahead of the service's, in milliseconds. */
  readonly aheadMs: number;
};

/** The latest data of a live topic. */
export function useLive<T>(topic: string): Live<T> {
  const [last, setLast] = useState<Pick<Live<T>, 'data' | 'aheadMs'>>({ data: null, aheadMs: 0 });
  const freshness = useTopic(`${new URLSearchParams({ topic })}`, (data, aheadMs) =>
    setLast({ data: data as T, aheadMs }),
  );
  return { ...last, freshness };
}
