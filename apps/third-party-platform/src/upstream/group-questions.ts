import { type CallPriority, PRIORITIES } from '@ticket-check/exchange';
import { ProtocolError } from '@ticket-check/protocol';

interface Waiting<Q, A> {
  readonly question: Q;
  readonly priority: CallPriority;
  /** Half of its time, by `performance.now()`: where no call is free it waits no longer, so that the other half is left for an answer. */
  readonly sendBy: number;
  readonly deadline: number;
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: unknown) => void;
}

/** How a call with several questions is made. */
export type GroupCall = {
  /** That of the most urgent question in it. */
  readonly priority: CallPriority;
  /** Milliseconds for which somebody still waits for one of its answers. */
  readonly leftMs: number;
};

/**
 * Groups single questions into calls. A lone question is sent at once. Questions that come while a call is under way wait until it
 * returns, or for `paceMs`, and are then sent together, the most urgent first: a busy line sends few and large calls, and a lost
 * answer delays nobody for longer. A full call waits for no other.
 *
 * Each question has `timeoutMs`. Where no call is free it is refused once half of it is over: under load all answers would come
 * too late otherwise.
 *
 * Rejects with OVERLOADED if too many questions wait or one was not sent in time, and with the error of `send` for the questions of
 * that call. If too many wait, the latest of the least urgent gives way to a more urgent one.
 */
export function groupQuestions<Q, A>(options: {
  /** Asks all of them, and answers each, in their order. */
  send(questions: readonly Q[], call: GroupCall): Promise<readonly A[]>;
  paceMs: number;
  /** Questions in one call. */
  max: number;
  /** Calls at a time. */
  maxUnderWay: number;
  /** Questions that wait for a call. */
  maxWaiting: number;
}): (question: Q, wanted: { priority: CallPriority; timeoutMs: number }) => Promise<A> {
  const { send, paceMs, max, maxUnderWay, maxWaiting } = options;
  /** The most urgent first; those of one priority in the order of their deadlines, since all have the same time. */
  const queues = PRIORITIES.toReversed().map((priority) => ({ priority, questions: [] as Waiting<Q, A>[] }));
  let waiting = 0;
  let underWay = 0;
  /** The latest call, as long as the next one waits for it. */
  let latest: object | null = null;
  let timer: NodeJS.Timeout | undefined;

  function take(questions: Waiting<Q, A>[], count: number): Waiting<Q, A>[] {
    const taken = questions.splice(0, count);
    waiting -= taken.length;
    return taken;
  }

  const waitsUntil = ({ sendBy, deadline }: Waiting<Q, A>) => (underWay < maxUnderWay ? deadline : sendBy);

  function refuseLate(): void {
    const now = performance.now();
    for (const { questions } of queues) {
      const inTime = questions.findIndex((question) => waitsUntil(question) > now);
      for (const { reject } of take(questions, inTime === -1 ? questions.length : inTime)) {
        reject(new ProtocolError('OVERLOADED', 'The question was not sent within its budget; ask again later.'));
      }
    }
  }

  function depart(): void {
    refuseLate();
    while (underWay < maxUnderWay && (waiting >= max || (waiting > 0 && latest === null))) {
      const group: Waiting<Q, A>[] = [];
      for (const { questions } of queues) group.push(...take(questions, max - group.length));
      void run(group);
    }
    refuseLate();
    clearTimeout(timer);
    if (waiting === 0) return;
    const first = Math.min(...queues.flatMap(({ questions }) => questions.slice(0, 1).map(waitsUntil)));
    timer = setTimeout(depart, Math.max(1, first - performance.now()));
  }

  async function run(group: readonly Waiting<Q, A>[]): Promise<void> {
    const call = {};
    const letNextGo = () => {
      if (latest === call) latest = null;
      depart();
    };
    latest = call;
    underWay += 1;
    const pace = setTimeout(letNextGo, paceMs);
    const leftMs = Math.max(...group.map(({ deadline }) => deadline)) - performance.now();
    try {
      const answers = await send(
        group.map(({ question }) => question),
        { priority: group[0]?.priority ?? 'background', leftMs },
      );
      if (answers.length !== group.length) throw new Error(`${group.length} questions have ${answers.length} answers`);
      answers.forEach((answer, index) => {
        group[index]?.resolve(answer);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      clearTimeout(pace);
      underWay -= 1;
      letNextGo();
    }
  }

  /** Whether there is room now for a question of this priority. */
  function makeRoom(priority: CallPriority): boolean {
    if (waiting < maxWaiting) return true;
    refuseLate();
    if (waiting < maxWaiting) return true;
    const least = queues.findLast(({ questions }) => questions.length > 0);
    if (least === undefined || PRIORITIES.indexOf(least.priority) >= PRIORITIES.indexOf(priority)) return false;
    least.questions.pop()?.reject(tooMany());
    waiting -= 1;
    return true;
  }

  const tooMany = () => {
    const message = `More than ${maxWaiting} questions wait for the national platform already; ask again later.`;
    return new ProtocolError('OVERLOADED', message);
  };

  return (question, { priority, timeoutMs }) =>
    new Promise<A>((resolve, reject) => {
      if (!makeRoom(priority)) {
        reject(tooMany());
        return;
      }
      const queue = queues.find((one) => one.priority === priority);
      if (queue === undefined) throw new Error(`there is no queue of ${priority}`);
      const now = performance.now();
      const [sendBy, deadline] = [now + timeoutMs / 2, now + timeoutMs];
      queue.questions.push({ question, priority, sendBy, deadline, resolve, reject });
      waiting += 1;
      depart();
    });
}
