import { type CallPriority, PRIORITIES } from '@ticket-check/exchange';
import { ProtocolError } from '@ticket-check/protocol';

type Waiting<Q, A> = {
  readonly question: Q;
  readonly priority: CallPriority;
  /** Half of its time, by `performance.now()`: where no call is free it waits no longer, so that the other half is left for an answer. */
  readonly sendBy: number;
  readonly deadline: number;
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: unknown) => void;
};

export type GroupCall = {
  /** That of the most urgent question in it. */
  readonly priority: CallPriority;
  /** Milliseconds for which somebody still waits for one of its answers. */
  readonly leftMs: number;
};

/**
 * Groups single questions into calls. Those of one turn of the event loop are sent together. Questions that come while a call is under
 * way wait until it returns, or for `paceMs`, and are then sent together, the most urgent first: a busy line sends few and large calls, and a lost
 * answer delays nobody for longer. A full call waits for no other.
 *
 * Each question has `timeoutMs`. One that waited for half of it while no call was free is refused when the next one leaves: under load
 * all answers would come too late otherwise.
 *
 * Rejects with OVERLOADED if a question was not sent in time, or, unless it is of a claim, if too many wait; and with the error of
 * `send` for the questions of that call.
 */
export function groupQuestions<Q, A>(options: {
  /** Asks all of them, and answers each, in their order. */
  send(questions: readonly Q[], call: GroupCall): Promise<readonly A[]>;
  paceMs: number;
  max: number;
  maxUnderWay: number;
  /** Questions that wait for a call; claims, whose accounts are limited, are not refused for them. */
  maxWaiting: number;
}): (question: Q, wanted: { priority: CallPriority; timeoutMs: number }) => Promise<A> {
  const { send, paceMs, max, maxUnderWay, maxWaiting } = options;
  let waiting: Waiting<Q, A>[] = [];
  let underWay = 0;
  /** The latest call, as long as the next one waits for it. */
  let latest: object | null = null;
  /** Whether no call was free when the last one had left. */
  let wasFull = false;

  const isDue = () => underWay < maxUnderWay && (waiting.length >= max || (waiting.length > 0 && latest === null));

  function depart(): void {
    while (isDue()) {
      const now = performance.now();
      const { late = [], inTime = [] } = Object.groupBy(waiting, ({ sendBy, deadline }) =>
        (wasFull ? sendBy : deadline) <= now ? 'late' : 'inTime',
      );
      for (const { reject } of late) reject(overloaded('The question was not sent within its budget'));
      waiting = inTime.sort((a, b) => PRIORITIES.indexOf(b.priority) - PRIORITIES.indexOf(a.priority));
      const group = waiting.splice(0, max);
      if (group.length > 0) void run(group);
      wasFull = underWay >= maxUnderWay;
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

  return (question, { priority, timeoutMs }) =>
    new Promise<A>((resolve, reject) => {
      if (waiting.length >= maxWaiting && priority !== 'claim') {
        reject(overloaded(`More than ${maxWaiting} questions wait for the national platform already`));
        return;
      }
      const now = performance.now();
      const [sendBy, deadline] = [now + timeoutMs / 2, now + timeoutMs];
      waiting.push({ question, priority, sendBy, deadline, resolve, reject });
      if (waiting.length === 1) setImmediate(depart);
      else if (waiting.length >= max) depart();
    });
}

const overloaded = (what: string) => new ProtocolError('OVERLOADED', `${what}; ask again later.`);
