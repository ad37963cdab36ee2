export type { BoxOffice, Session, Ticket } from './box-office.ts';
export { loadBoxOffice, saveBoxOffice } from './box-office.ts';
export { makeBoxOffice, type Random, seededRandom } from './cinema.ts';
export { connectByBundle, feed } from './feed.ts';
export { refund, rotateUkey, sell } from './sell.ts';
export { addSession } from './sessions.ts';
export { makeUkey, publicPart, type Ukey } from './ukeys/ukey.ts';
