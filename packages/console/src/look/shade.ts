import { createContext, use, useEffect, useState, useSyncExternalStore } from 'react';
import { type Palette, paletteOf, type Shade } from './theme.ts';

export const SHADE_CHOICES = ['system', 'light', 'dark'] as const;
export type ShadeChoice = (typeof SHADE_CHOICES)[number];

type Shaded = { readonly shade: Shade; readonly choice: ShadeChoice; choose(choice: ShadeChoice): void };

const KEPT = 'shade';

export const ShadeContext = createContext<Shaded | null>(null);

/** Light or dark, as was chosen in this browser, or else as its system is. */
export function useShadeState(): Shaded {
  const system = useSyncExternalStore(watchSystem, systemShade);
  const [choice, setChoice] = useState(keptChoice);
  useEffect(() => window.localStorage.setItem(KEPT, choice), [choice]);
  return { shade: choice === 'system' ? system : choice, choice, choose: setChoice };
}

export function useShade(): Shaded {
  const shaded = use(ShadeContext);
  if (shaded === null) throw new Error('the console has a shade');
  return shaded;
}

/** The colours that are shown, for what is drawn by hand. */
export function usePalette(): Palette {
  return paletteOf(useShade().shade);
}

const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');
const systemShade = (): Shade => (darkSystem.matches ? 'dark' : 'light');

function watchSystem(changed: () => void): () => void {
  darkSystem.addEventListener('change', changed);
  return () => darkSystem.removeEventListener('change', changed);
}

function keptChoice(): ShadeChoice {
  const kept = window.localStorage.getItem(KEPT);
  return SHADE_CHOICES.find((known) => known === kept) ?? 'system';
}
