import { ProtocolError } from '@ticket-check/protocol';

interface Waiting<Q, A> {
  readonly question: Q;
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Makes single questions share calls. A lone question goes at once. What is asked while a call is under way waits until
 * that one has come back, or for `paceMs`, and then goes out together: a busy line sends few and large calls, and one
 * whose answer is lost holds up nobody for longer. A full call waits for no other.
 *
 * Each question has `budgetMs` of its own: it is not sent any more once they are over, and a call has as long as the
 * question in it that was asked last.
 *
 * Rejects with OVERLOADED where more questions wait than may, or one was not sent within its budget; with what
 * `send` throws, the questions of that call.
 */
export function groupQuestions<Q, A>(options: {
  /** Asks all of them, and answers each, in their order. */
  send(questions: readonly Q[], timeoutMs: number): Promise<readonly A[]>;
  budgetMs: number;
  paceMs: number;
  /** Questions in one call. */
  max: number;
  /** Calls at a time. */
  maxUnderWay: number;
  /** Questions that wait for a call. */
  maxWaiting: number;
}): (question: Q) => Promise<A> {
  const { send, budgetMs, paceMs, max, maxUnderWay, maxWaiting } = options;
  // In the order of their deadlines, since all have the same budget.
  const waiting: Waiting<Q, A>[] = [];
  let underWay = 0;
  /** The latest call, as long as the next one waits for it. */
  let latest: object | null = null;

  function dropLate(): void {
    const now = performance.now();
    const alive = waiting.findIndex(({ deadline }) => deadline > now);
    for (const { reject } of waiting.splice(0, alive === -1 ? waiting.length : alive)) {
      reject(new ProtocolError('OVERLOADED', 'The question was not sent within its budget; ask again later.'));
    }
  }

  function depart(): void {
    dropLate();
    while (underWay < maxUnderWay && (waiting.length >= max || (waiting.length > 0 && latest === null))) {
      void run(waiting.splice(0, max));
    }
  }

  async function run(group: readonly Waiting<Q, A>[]): Promise<void> {
    const call = {};
    const letNextGo = () => {
      if (latest === call) latest = null;
      depart();
    };
    latest = call;
    underWay += 1;
    const timer = setTimeout(letNextGo, paceMs);
    const timeoutMs = Math.max(...group.map(({ deadline }) => deadline)) - performance.now();
    try {
      const answers = await send(
        group.map(({ question }) => question),
        timeoutMs,
      );
      if (answers.length !== group.length) throw new Error(`${group.length} questions have ${answers.length} answers`);
      answers.forEach((answer, index) => {
        group[index]?.resolve(answer);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      clearTimeout(timer);
      underWay -= 1;
      letNextGo();
    }
  }

  return (question) =>
    new Promise<A>((resolve, reject) => {
      if (waiting.length >= maxWaiting) dropLate();
      if (waiting.length >= maxWaiting) {
        const message = `More than ${maxWaiting} questions wait for the national platform already; ask again later.`;
        reject(new ProtocolError('OVERLOADED', message));
        return;
      }
      waiting.push({ question, deadline: performance.now() + budgetMs, resolve, reject });
      depart();
    });
}
