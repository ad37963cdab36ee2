// @module-tag service

import { keptLog } from '@ticket-check/exchange/testing';
import { APIS } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { healthOf, metricsOf } from '../testing/test-terminal.ts';

it('reads the words and times of a foreign platform, and says at the gate and to staff which it does not know', async () => {
  const { platform, terminal, sell } = await makeCinema({ kind: 'plain' });
  platform.replace(APIS.getPublicKeys, async (_, usual) => {
    const { PublicKeys } = (await usual()) as { PublicKeys: Record<string, unknown>[] };
    return { PublicKeys: PublicKeys.map((key) => ({ ...key, StartTime: '2024-03-01 00:00:00.000' })) };
  });
  let says: Record<string, unknown> = {};
  platform.replace(APIS.getTicketInfo, async (_, usual) => ({ ...((await usual()) as object), ...says }));
  const dataDir = terminal.env.DATA_DIR ?? '';
  const { logger, lines } = keptLog();
  const errors = () => lines.filter(({ level }) => level === 50);
  const agent = await terminal.start({ logger });
  await terminal.keysStored();
  const scanned = async (said: Record<string, unknown>) => {
    says = said;
    return agent.scan(sell().code);
  };

  const times = { StartTime: '2026-11-24 20:00:00.0', RefundTime: '2026-11-24T08:00:00Z' };
  expect(await scanned({ RefundStatus: 'YES', ...times })).toMatchObject({ Verdict: 'REFUNDED' });
  expect(await scanned({ CheckStatus: true })).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await scanned({ RefundStatus: 'n', CheckStatus: 0 })).toMatchObject({
    Verdict: 'ADMIT',
    RefundStateKnown: true,
  });
  expect(await healthOf(agent, dataDir)).not.toMatchObject({ upstream: { degraded: true } });
  expect(errors()).toEqual([]);

  for (let i = 0; i < 3; i += 1) {
    expect(await scanned({ RefundStatus: '已申请' })).toMatchObject({
      Verdict: 'ADMIT',
      RefundStateKnown: false,
      UnknownWords: { RefundStatus: '已申请' },
      MessageZh: '请入场（平台对退票状态的答复“已申请”无法识别，是否已退票未知）',
      Message: expect.stringContaining('"已申请", is not understood: refund state unknown'),
    });
  }
  expect(await scanned({ CheckStatus: 'maybe' })).toMatchObject({
    Verdict: 'ADMIT',
    MessageZh: expect.stringContaining('检票状态的答复“maybe”无法识别'),
  });
  expect(await healthOf(agent, dataDir)).toMatchObject({
    status: 'degraded',
    upstream: {
      faults: [
        { kind: 'unknown-word', subject: 'RefundStatus', detail: '已申请', times: 3, url: platform.bundle.Url },
        { kind: 'unknown-word', subject: 'CheckStatus', detail: 'maybe', times: 1 },
      ],
    },
  });
  expect(errors()).toMatchObject([
    { subject: 'RefundStatus', detail: '已申请' },
    { subject: 'CheckStatus', detail: 'maybe' },
  ]);
  expect(await metricsOf(agent, dataDir)).toContain('upstream_faults_total{kind="unknown-word"} 4');
});
