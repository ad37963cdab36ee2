import type { Locator, Page } from 'playwright-core';
import type { Album } from './album.ts';
import type { ShotPage } from './find-pages.ts';
import { type Language, setWidth, shootLooks, WIDTHS } from './looks.ts';
import { openScreen } from './settled.ts';

/** Whatever opens on a screen is there by then, on a busy machine too. */
const OPENED_MS = 5000;
const DIALOG = '[role=dialog]';
const LISTS = '.ant-select-dropdown, .ant-picker-dropdown';
/** On a phone they are folded. */
const MORE_FILTERS = '#content .filter-fold[aria-expanded=false]';

/** What opens over a page: by which of its buttons or fields, and the name that files of it have. */
export type Opener = {
  readonly page: ShotPage;
  readonly kind: 'dialog' | 'list';
  readonly place: number;
  readonly name: string;
};

/** The dialogs, lists of choices and calendars of a screen that is open, in English, at the width of a desk. Each button of one name once. */
export async function findOpeners(page: Page, origin: string, shown: ShotPage): Promise<Opener[]> {
  const openers: Opener[] = [];
  const names = new Set<string>();
  const texts = await buttonsOf(page).allInnerTexts();
  for (const [place, text] of texts.entries()) {
    const name = nameOf(text);
    if (names.has(name)) continue;
    names.add(name);
    await buttonsOf(page).nth(place).click();
    const isDialog = await appears(page.locator(DIALOG));
    if (isDialog) openers.push({ page: shown, kind: 'dialog', place, name: `${shown.name}-${name}` });
    // What other buttons do may have changed the page.
    await openScreen(page, origin, shown.path);
  }
  const labels = await fieldsOf(page).evaluateAll((fields) =>
    fields.map((field) => (field as unknown as Field).closest('.filter')?.querySelector('label')?.textContent ?? ''),
  );
  for (const [place, label] of labels.entries()) {
    openers.push({ page: shown, kind: 'list', place, name: `${shown.name}-choose-${nameOf(label)}` });
  }
  return openers;
}

/** Shoots what an opener opens, at both widths. */
export async function shootOpened(
  album: Album,
  page: Page,
  { origin, into, language, opener }: { origin: string; into: string; language: Language; opener: Opener },
): Promise<void> {
  for (const width of WIDTHS) {
    await setWidth(page, width);
    await openScreen(page, origin, opener.page.path);
    const more = page.locator(MORE_FILTERS);
    if (await more.isVisible()) await more.click();
    const [by, opened] =
      opener.kind === 'dialog' ? [buttonsOf(page), page.locator(DIALOG)] : [fieldsOf(page), page.locator(LISTS)];
    await by.nth(opener.place).click();
    await opened.filter({ visible: true }).first().waitFor();
    await shootLooks(album, page, { name: `${into}/${opener.name}`, language, width, whole: false });
  }
}

/** Shoots the menu of a page as a phone has it, where it opens. */
export async function shootMenu(album: Album, page: Page, name: string, language: Language): Promise<void> {
  await setWidth(page, 390);
  await page.locator('header .menu-button, header details.fold > summary').first().click();
  await page.locator('.ant-drawer nav, header details[open] nav').first().waitFor();
  await shootLooks(album, page, { name, language, width: 390, whole: false });
}

const buttonsOf = (page: Page): Locator => page.locator('#content button:not([type=submit]):not(.filter-fold)');
const fieldsOf = (page: Page): Locator => page.locator('#content .filters .ant-select, #content .filters .ant-picker');

const appears = (what: Locator): Promise<boolean> =>
  what
    .first()
    .waitFor({ timeout: OPENED_MS })
    .then(
      () => true,
      () => false,
    );

/** An element of the browser's document; this program knows no DOM. */
type Field = { closest(selector: string): { querySelector(selector: string): { textContent: string } | null } | null };

/** Words of a button or field as a part of a file's name. */
const nameOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'unnamed';
