export { ExpectedError, reasonOf } from '@ticket-check/runtime';
