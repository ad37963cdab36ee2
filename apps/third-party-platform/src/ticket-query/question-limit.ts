import { DataRefused } from '@ticket-check/admin';
import { createConcurrencyLimit } from '@ticket-check/runtime';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Somebody who types ticket codes asks some times a minute; a program that goes through tickets is in the wrong place. */
const OF_ACTOR = { points: 30, duration: 60 };
const IN_ALL = { points: 120, duration: 60 };
const UNDER_WAY = { perOwner: 2, inAll: 4 };

/** Bounds the questions of people, so that they keep nothing from guests; in memory, for this process. */
export type QuestionLimit = {
  /** @throws DataRefused `too-many-questions` (429) if they have asked as much as they may. */
  run<T>(actor: string, work: () => Promise<T>): Promise<T>;
};

export function createQuestionLimit(): QuestionLimit {
  const [ofActor, inAll] = [new RateLimiterMemory(OF_ACTOR), new RateLimiterMemory(IN_ALL)];
  const underWay = createConcurrencyLimit(UNDER_WAY);
  const tooMany = () =>
    new DataRefused('too-many-questions', 'Tickets are asked about too often; ask again in a minute.', 429);

  return {
    async run(actor, work) {
      try {
        await ofActor.consume(actor);
        await inAll.consume('all');
      } catch (refusal) {
        throw refusal instanceof RateLimiterRes ? tooMany() : refusal;
      }
      const answer = underWay.run(actor, work);
      if (answer === null) throw tooMany();
      return answer;
    },
  };
}
