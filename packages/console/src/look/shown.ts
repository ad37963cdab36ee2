import type { Language } from '../begin/begun.ts';

/** A wall clock of the scheme (`2026-11-26T20:15:00`, in China's time) as people read it, to the minute. */
export const shownTime = (wallClock: string | null): string =>
  wallClock === null ? '–' : wallClock.slice(0, 16).replace('T', ' ');

/** The moment of a wall clock, in milliseconds since 1970. */
export const epochOf = (wallClock: string): number => Date.parse(`${wallClock}+08:00`);

/** The business date of a moment, 06:00 to 06:00 in China's time. */
export const businessDateAt = (ms: number): string => new Date(ms + 2 * 3_600_000).toISOString().slice(0, 10);

export const businessDateOf = (wallClock: string): string => businessDateAt(epochOf(wallClock));

export const dayAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

/** How long ago a wall clock was, in its largest unit: `3 分钟前`, `3 minutes ago`. */
export function shownAgo(wallClock: string, language: Language, now = Date.now()): string {
  const seconds = Math.round((epochOf(wallClock) - now) / 1000);
  const [size, unit] = AGO.find(([size]) => Math.abs(seconds) >= size) ?? [60, 'minute'];
  return new Intl.RelativeTimeFormat(language === 'zh' ? 'zh-CN' : 'en', { numeric: 'auto' }).format(
    Math.trunc(seconds / size),
    unit,
  );
}

/** A time within a sentence, with how long ago it was. */
export function shownSince(at: string | null, language: Language): string {
  if (at === null) return '–';
  return language === 'zh' ? `${shownTime(at)}（${shownAgo(at, 'zh')}）` : `${shownTime(at)} (${shownAgo(at, 'en')})`;
}

const AGO = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const;

/** A count with its thousands apart: `12,345`. */
export const shownCount = (count: number): string => count.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** Yuan, to the fen: `1,234.50`. */
export const shownMoney = (yuan: number | null): string =>
  yuan === null ? '–' : yuan.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** A share from 0 to 1 as a percentage, never rounded up to a whole that it is not: 0.99996 is `99.99 %`. */
export function shownShare(share: number | null): string {
  if (share === null) return '–';
  return `${(Math.floor(share * 10_000 + 1e-9) / 100).toString()} %`;
}

const UNITS = [
  [86_400, '天', 'd'],
  [3600, '小时', 'h'],
  [60, '分', 'min'],
  [1, '秒', 's'],
] as const;

/** How long something takes or took, in its two largest units: `3 小时 20 分`. */
export function shownSpan(seconds: number, language: Language): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [largest, next] = UNITS.slice(UNITS.findIndex(([size]) => whole >= size || size === 1));
  const parts = [largest, next].flatMap((unit, place) => {
    const [size, zh, en] = unit ?? [1, '', ''];
    const count = Math.floor((place === 0 ? whole : whole % (largest?.[0] ?? 1)) / size);
    return count > 0 || place === 0 ? [`${count} ${language === 'zh' ? zh : en}`] : [];
  });
  return parts.join(' ');
}
