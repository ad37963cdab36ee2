import fc from 'fast-check';

const fragment = fc.oneof(
  fc.constantFrom(
    ...'{}[],:"\\ \n0159.-eE/',
    ...['\\u0041', '\\"', '\ufeff', '""', ':"",', ',"Username":"x"', ',"QueryData":{}', '"QueryData":', '{}'],
    ...['Get', 'Import', 'Report', '.0', 'null', 'true', '0.0', '"Price":1,', '{"A":1},'],
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
);

/** Some bytes taken out at one place, some text put in there. */
const edit = fc.record({ at: fc.nat(), removed: fc.nat({ max: 4 }), inserted: fc.oneof(fc.constant(''), fragment) });

/** One of the bodies, edited at up to three places. */
export const editedBody = (...bodies: readonly string[]): fc.Arbitrary<Buffer> =>
  fc.tuple(fc.constantFrom(...bodies), fc.array(edit, { minLength: 1, maxLength: 3 })).map(([body, edits]) =>
    edits.reduce((bytes, { at, removed, inserted }) => {
      const position = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, position), Buffer.from(inserted), bytes.subarray(position + removed)]);
    }, Buffer.from(body)),
  );
