import { describe, expect, it } from 'vitest';
import { checkRecord, throughJson, ticketInfo } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import {
  type ClaimReply,
  claimTicketReplyJson,
  readClaimTicketReply,
  readReleaseClaimReply,
  releaseClaimReplyJson,
} from './claim-ticket.ts';

const { recordId, checkTime } = checkRecord;

const claimed: ClaimReply = {
  claimed: true,
  stateKnown: true,
  ticket: ticketInfo,
  entry: null,
  released: false,
  entryPossible: false,
  sharedCinema: false,
};

describe('ReplyData of ClaimTicket', () => {
  const entry = { checkTime, recordId, gate: '东门' };

  it.each<[string, ClaimReply]>([
    ['claimed', claimed],
    ['claimed, state unknown', { ...claimed, stateKnown: false, ticket: null }],
    ['claimed, never sold', { ...claimed, ticket: 'unknown-ticket' }],
    ['already entered', { ...claimed, claimed: false, entry }],
    ['already entered, gate unknown', { ...claimed, claimed: false, entry: { ...entry, gate: '' } }],
    ['entered at a terminal that has a name', { ...claimed, claimed: false, entry: { ...entry, terminal: '2 号门' } }],
    [
      'claimed by another terminal',
      {
        ...claimed,
        claimed: false,
        entry: {
          ...entry,
          terminal: '2 号门',
          unrecorded: true,
          claimUrl: 'https://platform.example/claims/release?record=1',
        },
      },
    ],
    ['refunded', { ...claimed, claimed: false, ticket: { ...ticketInfo, refundStatus: 'Yes' } }],
    ['refunded, as far as is known', { ...claimed, claimed: false, stateKnown: false, ticket: null, refunded: true }],
    ['claimed at a platform that was restored from a backup', { ...claimed, restoredAt: checkTime }],
    ['claimed where an entry may have been lost', { ...claimed, entryPossible: true }],
    ['claimed at one of two platforms', { ...claimed, sharedCinema: true }],
    ['claimed with a live e-ticket', { ...claimed, eTicket: 'live' }],
    ['released before', { ...claimed, claimed: false, released: true }],
  ])('is read back: %s', (_, reply) => {
    expect(readClaimTicketReply(throughJson(claimTicketReplyJson(reply)), ticketInfo)).toEqual(reply);
  });

  it('says of an unknown ticket what GetTicketInfo says', () => {
    expect(claimTicketReplyJson({ ...claimed, ticket: 'unknown-ticket' })).toMatchObject({
      Claimed: true,
      ErrorCode: 'TICKET_NOT_FOUND',
    });
  });

  it.each(['http://platform.example/', 'javascript:alert(1)', 7, `https://platform.example/${'x'.repeat(512)}`])(
    'links to no ClaimUrl %j',
    (ClaimUrl) => {
      const Entry = { CheckTime: checkTime, RecordId: recordId, Recorded: false, ClaimUrl };
      expect(readClaimTicketReply({ Claimed: false, Entry }, ticketInfo).entry).toEqual({
        ...{ checkTime, recordId, gate: '', unrecorded: true },
      });
    },
  );

  it.each([false, 'no', 0, 2, {}, 'claimed'])('takes Claimed %j for no claim', (Claimed) => {
    expect(readClaimTicketReply({ Claimed }, ticketInfo).claimed).toBe(false);
  });

  it('counts a state that came without the ticket as not known', () => {
    expect(readClaimTicketReply({ Claimed: true, StateKnown: true }, ticketInfo)).toMatchObject({ stateKnown: false });
  });

  it('throws the refusal of the peer, and for a malformed reply', () => {
    const refused = { ErrorCode: 'CINEMA_UNKNOWN', ErrorMessage: 'x' };
    expect(refusalOf(() => readClaimTicketReply(refused, ticketInfo)).code).toBe('CINEMA_UNKNOWN');
    expect(refusalOf(() => readClaimTicketReply({}, ticketInfo)).code).toBe('UPSTREAM_UNAVAILABLE');
  });

  it('throws where the ticket is another one', () => {
    const another = { ...ticketInfo, filmTicketCode: '3101000100000796' as typeof ticketInfo.filmTicketCode };
    const replyData = throughJson(claimTicketReplyJson({ ...claimed, ticket: another }));
    expect(refusalOf(() => readClaimTicketReply(replyData, ticketInfo)).code).toBe('UPSTREAM_UNAVAILABLE');
  });
});

describe('ReplyData of ReleaseClaim', () => {
  it('is read back', () => {
    for (const outcome of ['released', 'entered', 'not-holder'] as const) {
      expect(readReleaseClaimReply(throughJson(releaseClaimReplyJson(outcome)))).toBe(outcome);
    }
  });

  it('throws where it says nothing', () => {
    expect(refusalOf(() => readReleaseClaimReply({})).code).toBe('UPSTREAM_UNAVAILABLE');
  });
});
