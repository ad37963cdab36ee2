import { useState } from 'react';
import { type Freshness, useTold } from './use-told.ts';

type Live<T> = {
  /** What the service told last; null before the first time. */
  readonly data: T | null;
  readonly freshness: Freshness;
  /** So far the clock of this device is ahead of the service's, in milliseconds. */
  readonly aheadMs: number;
};

/** The latest data of a live topic. */
export function useLive<T>(topic: string): Live<T> {
  const [last, setLast] = useState<Pick<Live<T>, 'data' | 'aheadMs'>>({ data: null, aheadMs: 0 });
  const freshness = useTold(`${new URLSearchParams({ topic })}`, (told, aheadMs) =>
    setLast({ data: told as T, aheadMs }),
  );
  return { ...last, freshness };
}
