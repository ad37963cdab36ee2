import { useSyncExternalStore } from 'react';
import { type Palette, paletteOf, type Shade } from './theme.ts';

const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');

/** Light or dark, as the system of this browser is. */
export function useShade(): Shade {
  return useSyncExternalStore(watchSystem, () => (darkSystem.matches ? 'dark' : 'light'));
}

/** The colours that are shown, for what is drawn by hand. */
export function usePalette(): Palette {
  return paletteOf(useShade());
}

function watchSystem(changed: () => void): () => void {
  darkSystem.addEventListener('change', changed);
  return () => darkSystem.removeEventListener('change', changed);
}
