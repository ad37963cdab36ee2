import type { TicketInfo } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { findingJson, ticketFindings } from './ticket-findings.ts';

const { info } = sellTicket(makeUkey());
const said = (changes: Partial<TicketInfo> = {}) => ({ ...info, ...changes });
const entry = { state: 'DELIVERED' } as const;

it('finds nothing about a ticket that nobody went in with, or once', () => {
  expect(ticketFindings({ info: said(), holder: null, entries: [] })).toEqual([]);
  expect(ticketFindings({ info: said({ checkStatus: 'Yes' }), holder: { recorded: true }, entries: [entry] })).toEqual(
    [],
  );
  expect(ticketFindings({ info: null, holder: null, entries: [entry] })).toEqual([]);
});

it.each([
  ['double', { info: null, holder: null, entries: [entry, entry] }],
  ['refunded', { info: said({ refundStatus: 'Yes' }), holder: null, entries: [] }],
  ['refunded-and-entered', { info: said({ refundStatus: 'Yes', checkStatus: 'Yes' }), holder: null, entries: [entry] }],
  ['entered-elsewhere', { info: said({ checkStatus: 'Yes' }), holder: null, entries: [] }],
  ['on-its-way', { info: said(), holder: { recorded: true }, entries: [entry] }],
  ['entered-and-unknown', { info: 'unknown-ticket', holder: null, entries: [entry] }],
  ['unknown', { info: 'unknown-ticket', holder: null, entries: [] }],
  ['claim-open', { info: said(), holder: { recorded: false }, entries: [] }],
] as const)('finds %s', (finding, known) => {
  expect(ticketFindings(known)).toEqual([finding]);
  expect(findingJson(finding)).toMatchObject({
    Code: finding,
    Wrong: expect.any(String),
    AdviceZh: expect.any(String),
  });
});
