import { type ThemeConfig, theme } from 'antd';

export type Shade = 'light' | 'dark';

/** Colours of the console, as its server-rendered pages have them. Text on each ground has a contrast of 4.5 or more. */
const PALETTES = {
  light: {
    ground: '#f4f5f7',
    surface: '#ffffff',
    text: '#1f2329',
    quiet: '#5c6470',
    line: '#d9dde3',
    accent: '#1257c2',
    accentHover: '#1b66d6',
    accentActive: '#0e479f',
    good: '#1a7431',
    warn: '#8a5300',
    bad: '#b3261e',
    badHover: '#c23a31',
    badActive: '#931f18',
    goodGround: '#e7f5ea',
    warnGround: '#fff4e0',
    badGround: '#fdecea',
    noteGround: '#e8f1fd',
  },
  dark: {
    ground: '#14171b',
    surface: '#1d2126',
    text: '#e6e9ed',
    quiet: '#a2abb6',
    line: '#363c44',
    accent: '#7eb1ff',
    accentHover: '#9cc4ff',
    accentActive: '#6aa0f0',
    good: '#8fdba0',
    warn: '#f3c06b',
    bad: '#ffb4ab',
    badHover: '#ffc9c2',
    badActive: '#f29a90',
    goodGround: '#17351f',
    warnGround: '#3d2c0c',
    badGround: '#4a1d1a',
    noteGround: '#16304f',
  },
} as const;

export type Palette = { readonly [Name in keyof (typeof PALETTES)['light']]: string };

export const paletteOf = (shade: Shade): Palette => PALETTES[shade];

const FONTS = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** Whether the system of this browser is set to move less. */
const lessMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Ant Design in these colours. Its own fail the contrast that WCAG asks for in links, descriptions, placeholders and tags, and in
 * white on its primary colour where that is light.
 */
export function themeOf(shade: Shade): ThemeConfig {
  const { ground, surface, text, quiet, line, accent, good, warn, bad, ...rest } = paletteOf(shade);
  const onAccent = shade === 'light' ? '#ffffff' : '#0b1c33';
  return {
    algorithm: shade === 'light' ? theme.defaultAlgorithm : theme.darkAlgorithm,
    token: {
      fontFamily: FONTS,
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
      colorPrimaryHover: rest.accentHover,
      colorPrimaryActive: rest.accentActive,
      colorLinkHover: rest.accentHover,
      colorLinkActive: rest.accentActive,
      colorErrorHover: rest.badHover,
      colorErrorActive: rest.badActive,
      // Ant Design makes these of the colours above, which are dark in a light shade: muddy grounds for notices and tags.
      colorSuccessBg: rest.goodGround,
      colorSuccessBorder: `${good}66`,
      colorWarningBg: rest.warnGround,
      colorWarningBorder: `${warn}66`,
      colorErrorBg: rest.badGround,
      colorErrorBorder: `${bad}66`,
      colorInfoBg: rest.noteGround,
      colorInfoBorder: `${accent}66`,
      colorBgLayout: ground,
      colorBgContainer: surface,
      colorBgElevated: surface,
      colorText: text,
      colorTextSecondary: quiet,
      colorTextTertiary: quiet,
      colorTextDescription: quiet,
      colorTextPlaceholder: quiet,
      colorTextLightSolid: onAccent,
      colorBorder: shade === 'light' ? '#8b94a1' : '#6d7783',
      colorBorderSecondary: line,
    },
    components: {
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
    },
  };
}

/** Gives the console's own style sheet the colours, as properties of the document. */
export function applyPalette(shade: Shade): void {
  const { documentElement } = document;
  for (const [name, colour] of Object.entries(paletteOf(shade))) {
    documentElement.style.setProperty(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, colour);
  }
  documentElement.style.colorScheme = shade;
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
