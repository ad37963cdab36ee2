import { verifyKeyForm } from '../database-key.ts';
import { errorText, StoreError } from '../store-error.ts';
import { EncryptedPages } from './encrypted-pages.ts';
import { rowsOfPage, type SalvagedRow } from './table-rows.ts';

/**
 * Reads what is readable in a damaged encrypted SQLite file, with its write-ahead log if that lies beside it: the rows of
 * all tables, page by page, without their tables' names. Callers recognize rows by their form. The file is not changed; it
 * must not be open in this process.
 *
 * @throws StoreError CANNOT_OPEN when there is no such file, WRONG_KEY when nothing in it was written with this key.
 */
export function* salvageRows(path: string, key: string): Generator<SalvagedRow> {
  const pages = openPages(path, key);
  try {
    if (!pages.keyFits()) {
      throw new StoreError('WRONG_KEY', `Nothing in the file ${path} can be read with this database key.`);
    }
    const pageAt = (number: number) => pages.overflow(number);
    for (let number = 1; number <= pages.count; number += 1) {
      const page = pages.page(number);
      if (page !== null) yield* rowsOfPage(page, number, pageAt);
    }
  } finally {
    pages.close();
  }
}

/** Whether anything in a file was written with this key, so that it is damaged rather than another's. */
export function keyFits(path: string, key: string): boolean {
  const pages = openPages(path, key);
  try {
    return pages.keyFits();
  } finally {
    pages.close();
  }
}

function openPages(path: string, key: string): EncryptedPages {
  verifyKeyForm(key);
  try {
    return new EncryptedPages(path, key);
  } catch (error) {
    throw new StoreError('CANNOT_OPEN', `The file ${path} cannot be read: ${errorText(error)}.`, { cause: error });
  }
}
