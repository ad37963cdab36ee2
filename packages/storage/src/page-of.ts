/** A page of rows (look for one more than `limit`) and the place where the next page begins; null at the end. */
export function pageOf<Row, Place>(
  found: readonly Row[],
  limit: number,
  placeOf: (last: Row) => Place,
): { readonly page: Row[]; readonly next: Place | null } {
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { page, next: last === undefined ? null : placeOf(last) };
}
