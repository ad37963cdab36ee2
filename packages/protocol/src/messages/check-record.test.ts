import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCinemaCode } from '../codes.ts';
import { PRICE_FORMS } from '../money.ts';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { readCases, refusalOf } from '../testing/vectors.ts';
import {
  checkTicketJson,
  parseCheckTicket,
  parseRecordOrigin,
  type RecordOrigin,
  UNTOLD_ORIGIN,
} from './check-record.ts';

type OverrideCase = {
  name: string;
  cinemaCode: string;
  announced: boolean;
  element: Record<string, unknown>;
  expected?: string | null;
  error?: string;
};

const { cinemaCode } = checkRecord;
const plain = { extended: false };
const extended = { extended: true };
const plainWire = throughJson(checkTicketJson(checkRecord, { ...plain, priceForm: 'two-decimals' }));
const extendedWire = throughJson(checkTicketJson(checkRecord, { ...extended, priceForm: 'two-decimals' }));
const incomplete = { ...checkRecord, ticketType: null, screenName: '', filmName: '', rowNum: 0, columnNum: 0 };

describe('check record on the wire', () => {
  it('shows a plain peer exactly the elements of the scheme, in the order of its example', () => {
    expect(Object.keys(plainWire)).toEqual(
      (
        'TicketInfoCode CheckTime ScreenCode ScreenName FilmCode FilmName SessionCode StartTime' +
        ' TicketType FilmTicketCode RowNum ColumnNum Price Service'
      ).split(' '),
    );
  });

  it.each(PRICE_FORMS)('is read back from both kinds of peers, price form %s', (priceForm) => {
    const toPlain = throughJson(checkTicketJson(checkRecord, { ...plain, priceForm }));
    expect(parseCheckTicket(toPlain, cinemaCode, plain)).toEqual({ ...checkRecord, recordId: null });
    const toExtended = throughJson(checkTicketJson(checkRecord, { ...extended, priceForm }));
    expect(parseCheckTicket(toExtended, cinemaCode, extended)).toEqual(checkRecord);
  });

  it('carries an incomplete record between extended peers only', () => {
    const wire = throughJson(checkTicketJson(incomplete, { ...extended, priceForm: 'two-decimals' }));
    expect(parseCheckTicket(wire, cinemaCode, extended)).toEqual(incomplete);
    const refusal = refusalOf(() => parseCheckTicket(wire, cinemaCode, plain));
    expect([refusal.code, refusal.details?.element]).toEqual(['MISSING_ELEMENT', 'TicketType']);
    expect(refusalOf(() => checkTicketJson(incomplete, { ...plain, priceForm: 'two-decimals' })).code).toBe(
      'MISSING_ELEMENT',
    );
  });

  it.each([
    ['CheckTime', '', 'MISSING_ELEMENT'],
    ['RowNum', 2 ** 40, 'WRONG_TYPE'],
    ['ScreenName', 'a\0b', 'WRONG_TYPE'],
    ['FilmName', '\ud800', 'WRONG_TYPE'],
    ['TicketInfoCode', 'https://example.test/', 'INVALID_TICKET_CODE'],
    ['TicketInfoCode', checkRecord.ticketInfoCode.replace('pa', '-_'), 'INVALID_TICKET_CODE'],
  ])('refuses %s %j with %s', (element, value, error) => {
    const refusal = refusalOf(() => parseCheckTicket({ ...plainWire, [element]: value }, cinemaCode, plain));
    expect([refusal.code, refusal.details?.element]).toEqual([error, element]);
  });

  it.each(['', 'x', '019389f2-7c00-4abc-8def-0123456789ab', 7])('refuses the RecordId %j of an extended peer', (id) => {
    const refusal = refusalOf(() => parseCheckTicket({ ...extendedWire, RecordId: id }, cinemaCode, extended));
    expect(refusal.code).toBe(typeof id === 'number' ? 'WRONG_TYPE' : 'INVALID_RECORD_ID');
  });

  it('takes a RecordId that can be read from a plain peer too, and no notice of another', () => {
    const readPlain = (RecordId: unknown) => parseCheckTicket({ ...plainWire, RecordId }, cinemaCode, plain).recordId;
    expect(readPlain(checkRecord.recordId.toUpperCase())).toBe(checkRecord.recordId);
    for (const id of ['', 'x', '019389f2-7c00-4abc-8def-0123456789ab', 7, null, [], {}])
      expect(readPlain(id)).toBeNull();
  });

  it.each(readCases<OverrideCase>('overrides.json'))(
    'names the overridden refusal of an admission, vector: $name',
    ({ cinemaCode: of, announced, element, expected, error }) => {
      const read = () => parseCheckTicket(element, parseCinemaCode(of), { ...plain, overrides: announced });
      if (error === undefined) expect(read().overriddenVerdict).toBe(expected);
      else expect([refusalOf(read).code, refusalOf(read).details?.element]).toEqual([error, 'OverriddenVerdict']);
    },
  );

  it('says that an admission overrode a refusal only to peers that announced it', () => {
    const record = { ...checkRecord, overriddenVerdict: 'EXPIRED' } as const;
    const both = { ...extended, overrides: true, priceForm: 'two-decimals' } as const;
    expect(throughJson(checkTicketJson(record, { ...extended, priceForm: 'two-decimals' }))).toEqual(extendedWire);
    expect(throughJson(checkTicketJson(record, { ...plain, priceForm: 'two-decimals' }))).toEqual(plainWire);
    expect(checkTicketJson(record, both)).toMatchObject({ OverriddenVerdict: 'EXPIRED' });
    expect(parseCheckTicket(throughJson(checkTicketJson(record, both)), cinemaCode, both)).toEqual(record);
    expect(throughJson(checkTicketJson(checkRecord, both))).toEqual(extendedWire);
  });

  it('refuses an empty TicketType of an extended peer that gives no RecordId', () => {
    const wire = { ...plainWire, TicketType: '' };
    expect(refusalOf(() => parseCheckTicket(wire, cinemaCode, extended)).code).toBe('MISSING_ELEMENT');
  });

  it('refuses other values than objects, always with a documented refusal', () => {
    for (const raw of [null, undefined, 'x', 7, [], [plainWire]]) {
      expect(refusalOf(() => parseCheckTicket(raw, cinemaCode, plain)).code).toBe('WRONG_TYPE');
    }
    const element = fc.constantFrom(...Object.keys(extendedWire));
    fc.assert(
      fc.property(element, fc.jsonValue(), fc.boolean(), (name, value, isExtended) => {
        try {
          parseCheckTicket({ ...extendedWire, [name]: value }, cinemaCode, { extended: isExtended });
        } catch (error) {
          expect(error).toHaveProperty('details.element', name);
        }
      }),
    );
  });
});

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
