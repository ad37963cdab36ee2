import { useState } from 'react';

/** What this browser keeps of a person's choices under a key, such as the columns of a list. It is lost where the browser keeps nothing. */
export function useKept<T>(key: string, usual: T): readonly [T, (value: T) => void] {
  const [value, setValue] = useState(() => kept(key, usual));
  return [
    value,
    (next) => {
      setValue(next);
      keep(key, next);
    },
  ];
}

export function kept<T>(key: string, usual: T): T {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') ?? usual;
  } catch {
    return usual;
  }
}

export function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The choice holds until the page is left.
  }
}
