import {
  type CommandStore,
  createApiTokens,
  type OperationTables,
  type OperatorTables,
  PERMISSION_NAMES,
  type Permission,
  parseEnd,
} from '@ticket-check/operators';
import { TOKEN_ROW } from '@ticket-check/operators/rows';
import { PERMISSION_WORDS } from '@ticket-check/operators/words';
import { elementsJson, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { z } from 'zod';
import { textOf } from '../asked.ts';
import { listCommand, operationCommand } from '../declared/commands.ts';
import { asked } from '../declared/field.ts';
import { list, serveList } from '../declared/list.ts';
import { operation, serveOperations } from '../declared/operation.ts';
import type { Reading } from '../declared/reading.ts';
import { askedCinemas, cinemaCodesIn, ofPeople, shownCinemas } from '../operators/declared-operators.ts';
import type { PageSet } from '../page.ts';

type People = Store<OperatorTables>;

/**
 * The tokens of machines, and what administrators do with them. Reading S4.
 *
 * @param offered what screens offer to permit; commands permit everything
 */
function declaredTokens(now: Clock, offered: readonly Permission[] = PERMISSION_NAMES) {
  const of = (store: People) => createApiTokens(store, now);
  const one = z.strictObject({
    Name: asked(z.string().trim().max(64), {
      label: { zh: '名称', en: 'Name' },
      hint: {
        zh: '说明用途，例如 daily-report：小写字母、数字、点、下划线或连字符。每个名称只能用一次。',
        en: 'What it is for, such as daily-report: small letters, digits, dots, underscores or hyphens. Each name is used once.',
      },
      option: ['<name>', ''],
    }),
  });
  return {
    tokens: list({
      name: 'tokens',
      rowsName: 'Tokens',
      title: { zh: '接口令牌', en: 'Tokens' },
      permission: 'operators.manage',
      filters: {},
      isOfAll: true,
      row: TOKEN_ROW,
      async find(store: People) {
        const rows = (await of(store).list()).map((token) => ({
          ...elementsJson(token, 'Name', 'CreatedAt', 'AddedBy', 'EndsAt', 'RevokedAt'),
          Permissions: [...token.permissions],
          CinemaCodes: shownCinemas(token.cinemaCodes),
          Held: token.isHeld,
          UsedAt: token.usedAt === null ? null : wallClockAt(token.usedAt),
        }));
        return { rows };
      },
    }),
    add: operation({
      ...ofPeople,
      name: 'token add',
      title: { zh: '添加令牌', en: 'Add a token' },
      says: 'add a token and print it (shown once)',
      input: one.extend({
        Permissions: asked(
          z.array(z.enum(PERMISSION_NAMES, `names no permission: ${PERMISSION_NAMES.join(', ')}`)).min(1),
          {
            label: { zh: '权限', en: 'Permissions' },
            choices: Object.fromEntries(offered.map((name) => [name, PERMISSION_WORDS[name]])),
            option: ['--permissions <names>', `what it permits, separated by commas: ${PERMISSION_NAMES.join(', ')}`],
          },
        ),
        CinemaCodes: askedCinemas(cinemaCodesIn, 'the cinemas that it shows'),
        Until: asked(textOf(parseEnd), {
          label: { zh: '最后有效日期', en: 'Last day' },
          hint: { zh: '最长 400 天', en: 'At most 400 days ahead' },
          as: 'day',
          option: ['--until <date>', 'the last day on which it works, YYYY-MM-DD, at most 400 days ahead'],
        }),
      }),
      what: ({ Name, Permissions, CinemaCodes, Until }) => ({
        ...{ name: Name, permissions: Permissions, cinemaCodes: CinemaCodes, endsAt: Until },
      }),
      async change(store: People, { Name, Permissions, CinemaCodes, Until }, { actor }) {
        const asked = { name: Name, permissions: Permissions, cinemaCodes: CinemaCodes, endsAt: Until, actor };
        return { Name, Token: await of(store).add(asked), EndsAt: Until };
      },
      answer: (issued) => issued,
    }),
    revoke: operation({
      ...ofPeople,
      name: 'token revoke',
      title: { zh: '吊销令牌', en: 'Revoke a token' },
      says: 'revoke a token (takes effect immediately)',
      input: one,
      destroys: ({ Name }) => Name,
      async preview(store: People, { Name }) {
        const found = (await of(store).list()).find(({ name }) => name === Name);
        if (found === undefined) return null;
        const used = found.usedAt === null ? null : wallClockAt(found.usedAt);
        return {
          zh: `使用令牌 ${Name} 的程序立即不能再读取数据，也不能再执行命令，且无法恢复；需要时请另建令牌。最近使用：${used?.replace('T', ' ') ?? '无'}。`,
          en: `Whatever uses the token ${Name} reads nothing and runs no command any more, at once and for good. Last use: ${used ?? 'none'}.`,
        };
      },
      async change(store: People, { Name }) {
        await of(store).revoke(Name);
        return {};
      },
    }),
  };
}

/** The screen on which administrators manage the tokens of machines; `offered` is what the console's JSON can be read with. */
export function tokensScreen(
  store: Store<OperatorTables & OperationTables>,
  offered: readonly Permission[],
  reading: Reading,
): PageSet {
  const { now } = reading;
  const { tokens, add, revoke } = declaredTokens(now, offered);
  return {
    name: 'tokens',
    screens: [{ path: '/tokens', permission: tokens.permission, label: tokens.title }],
    ...serveList(tokens, withTables(store), reading),
    actions: serveOperations<OperatorTables>([add, revoke], { store, now }),
  };
}

/** Adds `token add`, `list` and `revoke`: what machines show at the console, or run commands with. Reading S4. */
export function tokenCommands<DB extends OperatorTables & OperationTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const group = program
    .command('token')
    .description('what machines show that read the console of this service, or run its commands');
  const { tokens, add, revoke } = declaredTokens(now);
  const parts = { store, now };
  operationCommand(group, add, { ...parts, notice: 'The token is not shown again.' });
  listCommand(group, tokens, {
    store,
    source: withTables<DB, OperatorTables>,
    command: 'list',
    description: 'print all tokens without their secrets, one JSON object a line',
  });
  operationCommand(group, revoke, parts);
}
