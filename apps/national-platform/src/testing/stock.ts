// What tests of several services put into this one's store.

export { importRows } from '../intake/import-rows.ts';
export { cinemaKind } from '../intake/kinds.ts';
