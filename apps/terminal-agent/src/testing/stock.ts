// What tests of several services put into this one's store.

export { keepingRefusal } from '../journal/refusals.ts';
