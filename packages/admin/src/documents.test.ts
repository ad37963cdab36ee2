import { expect, it } from 'vitest';
import { findHelp, loadMeanings } from './documents.ts';

it('reads what a setting means from its row, by the default where two services have it', async () => {
  const [en, zh] = await Promise.all([loadMeanings('en'), loadMeanings('zh')]);
  expect(en('UPSTREAM_BUDGET_MS', 600)).toMatch(/^How long a terminal's question waits/);
  expect(en('UPSTREAM_BUDGET_MS', 1500)).toMatch(/^How long a scan waits/);
  expect(zh('TLS_KEY_FILE', null)).toContain('私钥');
  expect(en('KIOSK', 'on')).not.toMatch(/[[\]]|kiosk\.md/);
  expect(en('NO_SUCH_SETTING', null)).toBe('');
});

it('finds what the handbooks say about a page, the reader’s own first', async () => {
  const help = await findHelp('Client accounts', { role: 'supervisor', language: 'en' });
  expect(help.map(({ Handbook }) => Handbook)).toEqual(['supervisor', 'administrator']);
  expect(help[1]?.Passages[0]).toEqual({
    When: 'A new terminal',
    Text: expect.stringMatching(/^\*Client accounts\*, \*Enrol a terminal/),
  });
  expect(await findHelp('No such page', { role: 'usher', language: 'zh' })).toEqual([]);
});
