import { addSeconds, parseWallClock, unixSecondsOf } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { E_TICKET_OBJECTIONS, type ETicketCircumstances, judgeETicket } from './judge-e-ticket.ts';

const now = parseWallClock('2026-11-28T19:50:00');
const HOST = 'tickets.example.cn';
const key = { validUntil: addSeconds(now, 86_400), revokedAt: null };
const good: ETicketCircumstances = {
  ownHost: HOST,
  key,
  isSigned: true,
  areKeysFresh: false,
  now,
  clockTrusted: true,
};

const at = (offset: number) => ({ host: HOST, time: unixSecondsOf(now) + offset });

/** What may stand against one, the first that applies decides. */
const OBJECTIONS: readonly [applies: (one: Case) => boolean, judged: ReturnType<typeof judgeETicket>][] = [
  [({ of }) => of.ownHost === null, { kind: 'keys-pending' }],
  [({ of }) => of.ownHost !== HOST, { kind: 'elsewhere' }],
  [({ of }) => of.key === null && !of.areKeysFresh, { kind: 'keys-pending' }],
  [({ of }) => of.key === null, { kind: 'invalid', fault: 'e-ticket-key-unknown' }],
  [({ of }) => !of.isSigned, { kind: 'invalid', fault: 'e-ticket-signature' }],
  [({ of }) => of.key?.revokedAt !== null, { kind: 'stale', fault: 'e-ticket-key-revoked' }],
  [
    ({ of, offset }) => !of.clockTrusted && (isOver(of) || Math.abs(offset) > 300),
    { kind: 'stale', fault: 'e-ticket-clock' },
  ],
  [({ of }) => isOver(of), { kind: 'stale', fault: 'e-ticket-key-expired' }],
  [({ offset }) => Math.abs(offset) > 300, { kind: 'stale', fault: 'e-ticket-time' }],
];

type Case = { of: ETicketCircumstances; offset: number };

const isOver = ({ key: named }: ETicketCircumstances) => named !== null && named.validUntil < now;

function everyCase(): Case[] {
  const truths = [true, false];
  const keys = [
    null,
    ...[addSeconds(now, 1), now, addSeconds(now, -1)].flatMap((validUntil) =>
      [null, addSeconds(now, -60), addSeconds(now, 60)].map((revokedAt) => ({ validUntil, revokedAt })),
    ),
  ];
  return [HOST, 'other.example.cn', 'none', null].flatMap((ownHost) =>
    keys.flatMap((named) =>
      truths.flatMap((isSigned) =>
        truths.flatMap((areKeysFresh) =>
          truths.flatMap((clockTrusted) =>
            [-301, -300, 0, 300, 301].map((offset) => ({
              of: { ...good, ownHost, key: named, isSigned, areKeysFresh, clockTrusted },
              offset,
            })),
          ),
        ),
      ),
    ),
  );
}

it('is judged by the first that stands against it, in every one of 1600 cases', () => {
  const cases = everyCase();
  expect(cases).toHaveLength(1600);
  const wrong = cases.filter(({ of, offset }) => {
    const expected = OBJECTIONS.find(([applies]) => applies({ of, offset }))?.[1] ?? { kind: 'good' };
    return JSON.stringify(judgeETicket(at(offset), of)) !== JSON.stringify(expected);
  });
  expect(wrong).toEqual([]);
});

it('is never called old by a clock that is not to be trusted, nor forged for its age', () => {
  for (const { of, offset } of everyCase()) {
    const judged = judgeETicket(at(offset), of);
    if (!('fault' in judged)) continue;
    const verdict = E_TICKET_OBJECTIONS[judged.fault];
    if (!of.clockTrusted && of.key?.revokedAt === null) expect(verdict).not.toBe('ETICKET_STALE');
    if (of.isSigned && of.key !== null) expect(verdict).not.toBe('NOT_GENUINE');
  }
});
