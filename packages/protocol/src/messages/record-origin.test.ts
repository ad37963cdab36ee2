import { expect, it } from 'vitest';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { readCases, refusalOf } from '../testing/vectors.ts';
import { checkTicketJson } from './check-record.ts';
import { parseRecordOrigin, type RecordOrigin } from './record-origin.ts';

type OriginCase = {
  name: string;
  announced: boolean;
  element: Record<string, unknown>;
  expected?: RecordOrigin;
  error?: [code: string, element: string];
};

it.each(readCases<OriginCase>('record-origins.json'))(
  'says of a record how it was made, vector: $name',
  ({ announced, element, expected, error }) => {
    const read = () => parseRecordOrigin(element, { origins: announced });
    if (error === undefined) expect(read()).toEqual(expected);
    else expect([refusalOf(read).code, refusalOf(read).details?.element]).toEqual(error);
  },
);

it('is told to those who announced that alone, and what is not known to nobody', () => {
  const made = { ...checkRecord, gate: '北门', offline: true };
  const form = { extended: true, priceForm: 'two-decimals' } as const;
  const written = throughJson(checkTicketJson(made, { ...form, origins: true }));
  expect(written).toMatchObject({ Gate: '北门', Offline: true });
  expect(parseRecordOrigin(written, { origins: true })).toEqual({ gate: '北门', offline: true });
  const usual = throughJson(checkTicketJson(checkRecord, form));
  expect(throughJson(checkTicketJson(made, form))).toEqual(usual);
  const unknown = { ...checkRecord, gate: '', offline: null };
  expect(throughJson(checkTicketJson(unknown, { ...form, origins: true }))).toEqual(usual);
});

it('leaves out a name that the receiver would refuse, so that no record fails for it', () => {
  const form = { extended: true, origins: true, priceForm: 'two-decimals' } as const;
  for (const gate of ['east door', 'g'.repeat(65), '=1']) {
    expect(checkTicketJson({ ...checkRecord, gate, offline: false }, form)).not.toHaveProperty('Gate');
  }
});
