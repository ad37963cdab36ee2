import { expect, it } from 'vitest';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { readCases, refusalOf } from '../testing/vectors.ts';
import { checkTicketJson, parseRecordOrigin, type RecordOrigin, UNTOLD_ORIGIN } from './check-record.ts';

type OriginCase = {
  name: string;
  announced: boolean;
  element: Record<string, unknown>;
  expected?: Partial<RecordOrigin>;
  error?: [code: string, element: string];
};

it.each(readCases<OriginCase>('record-origins.json'))(
  'says of a record how it was made, vector: $name',
  ({ announced, element, expected, error }) => {
    const read = () => parseRecordOrigin(element, { origins: announced });
    if (error === undefined) expect(read()).toEqual({ ...UNTOLD_ORIGIN, ...expected });
    else expect([refusalOf(read).code, refusalOf(read).details?.element]).toEqual(error);
  },
);

it('is sent only to peers that announced it, without unknown values', () => {
  const origin = { gate: '北门', offline: true, decidedMs: 431, forwarderSeconds: -2 };
  const made = { ...checkRecord, ...origin };
  const form = { extended: true, priceForm: 'two-decimals' } as const;
  const written = throughJson(checkTicketJson(made, { ...form, origins: true }));
  expect(written).toMatchObject({ Gate: '北门', Offline: true, DecidedMs: 431, ForwarderSeconds: -2 });
  expect(parseRecordOrigin(written, { origins: true })).toEqual(origin);
  const usual = throughJson(checkTicketJson(checkRecord, form));
  expect(throughJson(checkTicketJson(made, form))).toEqual(usual);
  const unknown = { ...checkRecord, ...UNTOLD_ORIGIN };
  expect(throughJson(checkTicketJson(unknown, { ...form, origins: true }))).toEqual(usual);
});

it('leaves out what the receiver would refuse, so that no record fails for it', () => {
  const form = { extended: true, origins: true, priceForm: 'two-decimals' } as const;
  for (const gate of ['east door', 'g'.repeat(65), '=1']) {
    expect(checkTicketJson({ ...checkRecord, gate, offline: false }, form)).not.toHaveProperty('Gate');
  }
  for (const decidedMs of [-1, 0.5, Number.NaN, 2 ** 31]) {
    expect(checkTicketJson({ ...checkRecord, decidedMs }, form)).not.toHaveProperty('DecidedMs');
  }
  for (const forwarderSeconds of [0.5, Number.NaN, 2 ** 31, -(2 ** 31), 158_112_001, -158_112_001]) {
    expect(checkTicketJson({ ...checkRecord, forwarderSeconds }, form)).not.toHaveProperty('ForwarderSeconds');
  }
});
