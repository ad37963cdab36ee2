import { faultsOf } from '@ticket-check/third-party-platform/testing/axe-faults';

export type Page = Parameters<typeof faultsOf>[0];

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
export const SIZES = { desktop: DESKTOP, phone: PHONE } as const;

/** The same elements in dark mode differ only in colours. */
const COLOURS = ['color-contrast'];

type Shown = { readonly size: keyof typeof SIZES; readonly coloursAlone?: boolean };

/** What keeps people out of what a page shows now, at a size of the window; that it is wider than the window is among it. */
export async function barriersOf(page: Page, { size, coloursAlone = false }: Shown): Promise<string[]> {
  await page.setViewportSize(SIZES[size]);
  const faults = await faultsOf(page, coloursAlone ? COLOURS : null);
  return (await isWide(page)) ? [...faults, 'wider than the window'] : faults;
}

/** Whether a page has to be moved sideways to be read. */
export function isWide(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
}
