import { type ThemeConfig, theme } from 'antd';
import { useSyncExternalStore } from 'react';
import { keep, kept } from '../data/kept.ts';

type Shade = 'light' | 'dark';
export const SHADES = ['system', 'light', 'dark'] as const;
export type ChosenShade = (typeof SHADES)[number];

const KEY = 'shade';
const OF_SYSTEM = '(prefers-color-scheme: dark)';
const darkSystem = window.matchMedia(OF_SYSTEM);

/** The rules of the style sheets for a dark system, which hold for a chosen shade too. */
const darkRules = [...document.styleSheets].flatMap((sheet) =>
  [...sheet.cssRules].filter((rule) => rule instanceof CSSMediaRule && rule.media.mediaText === OF_SYSTEM),
) as CSSMediaRule[];

/** Light or dark, as it was chosen or as the system of this browser is. */
export const useShade = (): Shade => useSyncExternalStore(watchShade, shadeNow);

export const useChosenShade = (): ChosenShade => useSyncExternalStore(watchShade, chosenShade);

export function chooseShade(shade: ChosenShade): void {
  keep(KEY, shade);
  applyShade();
  darkSystem.dispatchEvent(new Event('change'));
}

const chosenShade = (): ChosenShade => SHADES.find((known) => known === kept(KEY, 'system')) ?? 'system';

function shadeNow(): Shade {
  const chosen = chosenShade();
  return chosen !== 'system' ? chosen : darkSystem.matches ? 'dark' : 'light';
}

function applyShade(): void {
  const chosen = chosenShade();
  const media = { system: OF_SYSTEM, light: 'not all', dark: 'all' }[chosen];
  for (const rule of darkRules) rule.media.mediaText = media;
  document.documentElement.style.colorScheme = chosen === 'system' ? '' : chosen;
}

applyShade();

/** A choice and a change of the system raise the same event. */
function watchShade(changed: () => void): () => void {
  darkSystem.addEventListener('change', changed);
  return () => darkSystem.removeEventListener('change', changed);
}

const lessMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Ant Design in the colours of the style sheet, which has them for this shade. Text on each ground has a contrast of 4.5 or more.
 * Its own fail the contrast that WCAG asks for in links, descriptions, placeholders and tags, and in white on its primary colour
 * where that is light.
 */
export function themeOf(shade: Shade): ThemeConfig {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name: string) => styles.getPropertyValue(`--${name}`).trim();
  const [accent, good, warn, bad] = [colour('accent'), colour('good'), colour('warn'), colour('bad')];
  const [text, quiet, surface] = [colour('text'), colour('quiet'), colour('surface')];
  return {
    algorithm: shade === 'light' ? theme.defaultAlgorithm : theme.darkAlgorithm,
    token: {
      fontFamily: 'inherit',
      motion: !lessMotion.matches,
      fontSize: 15,
      borderRadius: 6,
      colorPrimary: accent,
      colorInfo: accent,
      colorLink: accent,
      colorSuccess: good,
      colorWarning: warn,
      colorError: bad,
      // Those that Ant Design makes for what is under the pointer are too light for their text.
      colorPrimaryHover: colour('accent-hover'),
      colorPrimaryActive: colour('accent-active'),
      colorLinkHover: colour('accent-hover'),
      colorLinkActive: colour('accent-active'),
      colorErrorHover: colour('bad-hover'),
      colorErrorActive: colour('bad-active'),
      // Ant Design makes these of the colours above, which are dark in a light shade: muddy grounds for notices and tags.
      colorSuccessBg: colour('good-ground'),
      colorSuccessBorder: `${good}66`,
      colorWarningBg: colour('warn-ground'),
      colorWarningBorder: `${warn}66`,
      colorErrorBg: colour('bad-ground'),
      colorErrorBorder: `${bad}66`,
      colorInfoBg: colour('note-ground'),
      colorInfoBorder: `${accent}66`,
      colorBgLayout: colour('ground'),
      colorBgContainer: surface,
      colorBgElevated: surface,
      colorText: text,
      colorTextSecondary: quiet,
      colorTextTertiary: quiet,
      colorTextDescription: quiet,
      colorTextPlaceholder: quiet,
      colorTextDisabled: quiet,
      colorTextLightSolid: colour('on-accent'),
      colorBorder: shade === 'light' ? '#8b94a1' : '#6d7783',
      colorBorderSecondary: colour('line'),
    },
    components: {
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
    },
  };
}

/** The nonce that styles of this answer may carry; browsers reveal it only to scripts. */
export const NONCE = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

/**
 * Has every style that a script adds carry the nonce. Ant Design does so with most of its styles, but not with those that keep the
 * page from scrolling under a dialog and measure the scroll bar (`useScrollLocker`, `getScrollBarSize`).
 */
export function giveStylesTheNonce(): void {
  const create = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = NONCE;
    return element;
  };
}
