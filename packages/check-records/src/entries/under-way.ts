/** What is under way under one key at one moment: how many records, and when all of it has ended. */
type Load = { readonly records: number; readonly ended: Promise<void> };

export type Place = {
  /** What was under way under the same keys when this came. */
  readonly before: ReadonlyMap<string, Load>;
  /** This has ended, or brings nothing that counts; may be said again. */
  leave(): void;
};

/** Counts the records that are being kept, by key, so that who comes later can take them into account. */
export function createUnderWay(): { enter(records: ReadonlyMap<string, number>): Place } {
  const underWay = new Map<string, Load>();

  return {
    enter(records) {
      const left = Promise.withResolvers<void>();
      const before = new Map<string, Load>();
      let isHere = true;
      for (const [key, count] of records) {
        const load = underWay.get(key);
        if (load === undefined) {
          underWay.set(key, { records: count, ended: left.promise });
          continue;
        }
        before.set(key, load);
        underWay.set(key, { records: load.records + count, ended: load.ended.then(() => left.promise) });
      }
      return {
        before,
        leave() {
          if (!isHere) return;
          isHere = false;
          left.resolve();
          for (const [key, count] of records) {
            const load = underWay.get(key);
            if (load === undefined || load.records === count) underWay.delete(key);
            else underWay.set(key, { ...load, records: load.records - count });
          }
        },
      };
    },
  };
}
