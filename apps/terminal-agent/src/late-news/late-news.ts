import { addSeconds, RECORD_ID_EXTENSION, type WallClock } from '@ticket-check/protocol';
import { Counter, measuredGauge, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { AdmissionPolicy } from '../scan/rules.ts';
import type { ScanTables } from '../scan/scan-tables.ts';
import type { AskUpstream } from '../upstream/ask-upstream.ts';
import type { UpstreamLink } from '../upstream/upstream-link.ts';
import { createHearLate, type HearLate, lateQuestionJob } from './ask-later.ts';
import { createLateQuestions } from './late-questions.ts';

const NOTICED_SECONDS = 86_400;

/**
 * Asks the upstream, from when the agent listens, about admissions that were made without it, and raises what speaks against
 * one. Answers what is to be told where the upstream speaks of such an admission otherwise. Reading C3.
 */
export function createLateNews(
  service: Service,
  options: {
    store: Store<ScanTables>;
    link: UpstreamLink;
    askUpstream: Pick<AskUpstream, 'stateLater'>;
    policy: AdmissionPolicy;
    /** The time that scans count by. */
    now: () => WallClock;
  },
): HearLate {
  const { store, link, askUpstream, policy, now } = options;
  const { logger, metrics } = service;
  const questions = createLateQuestions(store);
  const news = new Counter({
    name: 'late_news_total',
    help: 'Admissions made without the upstream against which it spoke afterwards',
    labelNames: ['verdict'],
    registers: [metrics],
  });
  const hearLate = createHearLate({ questions, policy, now, onNews: (verdict) => news.inc({ verdict }), logger });

  measuredGauge(metrics, 'late_questions_waiting', 'Admissions of which the upstream is still to be asked', () =>
    questions.count(),
  );
  service.check({
    name: 'lateNews',
    async run() {
      const { waiting, again, noticed } = await questions.summary(addSeconds(now(), -NOTICED_SECONDS));
      return { ok: true, toAsk: waiting, toAskAgain: again, noticedInLastDay: noticed };
    },
  });
  service.job(() =>
    lateQuestionJob({
      questions,
      askUpstream,
      hearLate,
      isLineUp: link.line.isUp,
      now,
      entryMayBeOwn: async () => (await link.upstream())?.extensions().has(RECORD_ID_EXTENSION) !== true,
      logger,
    }),
  );
  return hearLate;
}
