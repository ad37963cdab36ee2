/** A run of the batch: its half-open range, and whether it is known to hold a record that the peer refuses. */
type Part = { readonly from: number; readonly to: number; refused: boolean; readonly rest: Part | null };

/** Refusals in a row without an acceptance after which the search stops: the peer may have failed. */
const MAX_REFUSED_IN_A_ROW = 20;

/**
 * Bisects a batch that was refused as a whole. A record that fails by itself is proven bad only by an acceptance in the same
 * batch; one that failed before is tried again after it. One bad record among n takes about 2 log n requests, and so does
 * recognising a peer that refuses everything. `olderFirst` says at each step which half to try first. Reading R4.
 */
export function bisect<T>(batch: readonly T[], olderFirst: () => boolean = () => true) {
  let accepted = false;
  let todo: Part[] = batch.length < 2 ? [] : halves({ from: 0, to: batch.length, refused: true, rest: null });
  let setAside: Part[] = [];
  let asked: Part | null = null;
  let descending = true;
  let refusedInARow = 0;

  function halves({ from, to }: Part): Part[] {
    const middle = from + Math.ceil((to - from) / 2);
    const older = { from, to: middle, refused: false };
    const newer = { from: middle, to, refused: false };
    const [first, second] = accepted || olderFirst() ? [older, newer] : [newer, older];
    const rest: Part = { ...second, rest: null };
    return [{ ...first, rest }, rest];
  }

  function startExploring(): void {
    accepted = true;
    todo = [...setAside, ...todo].sort((a, b) => a.from - b.from);
    setAside = [];
  }

  function refuse(part: Part): readonly T[] {
    part.refused = true;
    if (part.to - part.from === 1) {
      descending = false;
      refusedInARow += 1;
      if (accepted) return batch.slice(part.from, part.to);
      setAside.push(part);
    } else if (accepted || descending) todo.unshift(part);
    else setAside.push(part);
    return [];
  }

  return {
    /** The next records to send, oldest first as far as the search allows; null when it is over. */
    next(): readonly T[] | null {
      if (accepted && refusedInARow >= MAX_REFUSED_IN_A_ROW) return null;
      for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
        if (part.refused && part.to - part.from > 1) todo.unshift(...halves(part));
        else {
          asked = part;
          return batch.slice(part.from, part.to);
        }
      }
      return null;
    },
    /** Takes the answer to what `next` gave; returns the records that are now proven to be refused for themselves. */
    answer(isAccepted: boolean): readonly T[] {
      const part = asked;
      asked = null;
      if (part === null) throw new Error('nothing was asked');
      if (!isAccepted) return refuse(part);
      refusedInARow = 0;
      // The two halves were refused together, so it was for the other one.
      if (part.rest !== null) part.rest.refused = true;
      if (!accepted) startExploring();
      return [];
    },
    /** Whether the peer accepted anything of this batch: if not, it is the peer that is unwell. */
    get accepted(): boolean {
      return accepted;
    },
  };
}
