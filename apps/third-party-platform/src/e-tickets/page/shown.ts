import { qrSymbol } from '@ticket-check/admin/qr-symbol';
import {
  type Fen,
  formatYuan,
  type TicketInfo,
  type WallClock,
  wallClockAt,
  writeETicket,
} from '@ticket-check/protocol';
import { type ETicket, type ETicketState, isOver, showsCode, stateOf } from '../e-ticket-store.ts';
import type { ETicketSigner } from '../keys/e-ticket-keys.ts';

/** What an e-ticket's page shows at a moment. Times that it counts with are the platform's, whatever the phone's clock says. */
export type Shown = {
  readonly state: ETicketState;
  readonly over: boolean;
  /** Empty if unknown yet. */
  readonly fields: ReturnType<typeof fieldsOf>;
  /** The code as SVG; null if none is shown. */
  readonly code: string | null;
  /** The last verification time, as it is written, with the code. */
  readonly verifiedAt: string;
  /** The platform's clock, epoch milliseconds. */
  readonly now: number;
  /** When the platform last knew whether the ticket was refunded; null if it never did. */
  readonly knownAt: number | null;
};

/** Signs an e-ticket's code and puts all that its page shows together. Scheme 5.1.3, 5.1.4; reading C5. */
export function shownETicket(
  eTicket: ETicket,
  { host, signer, now, knownAt }: { host: string; signer: ETicketSigner | null; now: number; knownAt: number | null },
): Shown {
  const clock = wallClockAt(now);
  const write = ({ keyId, sign }: ETicketSigner) =>
    writeETicket({ host, code: eTicket.ticketInfoCode, time: Math.floor(now / 1000), keyId }, sign);
  return {
    state: stateOf(eTicket),
    over: isOver(eTicket, clock),
    fields: fieldsOf(eTicket),
    code: signer !== null && showsCode(eTicket, clock) ? symbolSvg(write(signer)) : null,
    verifiedAt: shownTime(clock),
    now,
    knownAt,
  };
}

/** What the page says of a ticket. Scheme 5.1.4. */
function fieldsOf({ startTime, filmTicketCode, info }: ETicket) {
  const known = info === null ? null : (JSON.parse(info) as TicketInfo);
  return {
    cinema: known?.cinemaName ?? '',
    film: known?.filmName ?? '',
    screen: known?.screenName ?? '',
    seat: known === null || known.rowNum + known.columnNum === 0 ? '' : `${known.rowNum} 排 ${known.columnNum} 座`,
    date: startTime.slice(0, 10),
    time: startTime.slice(11, 16),
    price: known === null ? '' : shownYuan(known.price),
    service: known === null ? '' : shownYuan(known.service),
    soldAt: known?.sellTime ? shownTime(known.sellTime) : '',
    ticket: filmTicketCode,
  };
}

const shownYuan = (fen: Fen): string => `¥ ${formatYuan(fen)}`;

const shownTime = (time: WallClock): string => time.replace('T', ' ');

function symbolSvg(text: string): string {
  const { size, path } = qrSymbol(text);
  const box = `viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges" role="img" aria-label="二维码 QR code"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box}><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`;
}
