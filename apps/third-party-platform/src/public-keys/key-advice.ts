import {
  type KeyCacheTables,
  type KeyStatus,
  type ListedKey,
  loadKeyStatus,
  loadListedKeys,
} from '@ticket-check/key-cache';
import { mayOperateFor, type Operator } from '@ticket-check/operators';
import { type CinemaCode, epochOf } from '@ticket-check/protocol';
import { chunksOf, type Store } from '@ticket-check/storage';
import { type CinemaTables, createServedCinemas } from '../cinemas/served-cinemas.ts';

/** One thing that is wrong with the keys of a cinema; `about` is a number of hours, or the error. */
export type KeyAdvice = { readonly code: keyof typeof WORDS; readonly about: string };

/** Keys are fetched every half hour at least (5.1.5); two fetches have failed by then. */
const OLD_HOURS = 2;
const HOUR_MS = 3_600_000;

/** What is wrong with the keys of a cinema, the worst first; nothing if all is well. `null`: they were never asked for. */
export function keyAdvice(
  status: KeyStatus | null,
  keys: readonly Pick<ListedKey, 'startTime' | 'isCurrent'>[],
  now: number,
): readonly KeyAdvice[] {
  const { fetchedAt = null, failure = null, alarm = null } = status ?? {};
  const isInForce = keys.some(({ startTime, isCurrent }) => isCurrent && epochOf(startTime) <= now);
  const hours = fetchedAt === null ? 0 : (now - fetchedAt) / HOUR_MS;
  const found: readonly (KeyAdvice | false)[] = [
    fetchedAt === null && { code: 'never-came', about: '' },
    fetchedAt !== null && !isInForce && { code: 'none-in-force', about: '' },
    failure !== null && { code: 'fetch-failed', about: failure },
    hours > OLD_HOURS && { code: 'old', about: String(Math.floor(hours)) },
    // If none ever came, the reason of the failed fetch says it.
    alarm !== null && fetchedAt !== null && { code: 'unexpected', about: alarm },
  ];
  return found.filter((advice) => advice !== false);
}

const WORDS = {
  'never-came': () => ({
    Wrong: 'No public key of this cinema ever came: none of its tickets can be checked',
    Advice:
      'Is the cinema code right, has the national platform received its keys, and is the cinema in the account of this platform? They take effect by themselves once they come.',
    WrongZh: '从未取得该影院的公钥，该影院的影票无法检验',
    AdviceZh: '确认影院编码无误、国家平台已收到该影院的公钥，并且本平台的账号包含该影院；取得后自动生效。',
  }),
  'none-in-force': () => ({
    Wrong: 'None of its keys is in force yet: none of its tickets can be checked',
    Advice: 'Look at the clock of this machine; if it is right, the cinema has to hand in the key that it uses now.',
    WrongZh: '已取得的公钥均未到启用时间，该影院的影票无法检验',
    AdviceZh: '检查本机时钟；时钟无误时，请影院向国家平台补报当前使用的公钥。',
  }),
  'fetch-failed': (error: string) => ({
    Wrong: `The last attempt to fetch its keys failed (${error})`,
    Advice:
      'Look at the line to the national platform. The keys that are here stay in use, and it is tried again by itself.',
    WrongZh: `最近一次获取公钥失败（${error}）`,
    AdviceZh: '检查与国家平台的线路。在此期间继续使用已有公钥，一分钟后自动重试。',
  }),
  old: (hours: string) => ({
    Wrong: `Its keys are ${hours} hours old: tickets of a Ukey that the cinema has exchanged since cannot be checked`,
    Advice: 'Look at the line to the national platform, and whether the account of this platform is in force.',
    WrongZh: `公钥已有 ${hours} 小时未更新，影院新换的 Ukey 所出的影票无法检验`,
    AdviceZh: '检查与国家平台的线路，以及本平台的账号是否有效。',
  }),
  unexpected: (alarm: string) => ({
    Wrong: `Something was odd about the keys that the national platform sent (${alarm})`,
    Advice: 'The others are in use. Tell the national platform.',
    WrongZh: `国家平台返回的公钥有异常（${alarm}）`,
    AdviceZh: '其余公钥照常使用。请将此信息告知国家平台。',
  }),
};

export const keyAdviceJson = ({ code, about }: KeyAdvice) => ({ Code: code, ...WORDS[code](about) });

/** The public keys of these cinemas, what is known of fetching them, and what is wrong with them. */
export async function loadCinemaKeys(
  reading: Pick<Store<KeyCacheTables>, 'db'>,
  cinemaCodes: readonly CinemaCode[],
  now: number,
  options?: { readonly inUse?: boolean },
) {
  const statuses = new Map((await loadKeyStatus(reading, cinemaCodes)).map((status) => [status.cinemaCode, status]));
  const listed = Map.groupBy(await loadListedKeys(reading, cinemaCodes, options), ({ cinemaCode }) => cinemaCode);
  return cinemaCodes.map((cinemaCode) => {
    const [status = null, keys = []] = [statuses.get(cinemaCode), listed.get(cinemaCode)];
    return { cinemaCode, status, keys, advice: keyAdvice(status, keys, now) };
  });
}

const CINEMAS_A_QUERY = 500;

type CinemaInNeed = Pick<Awaited<ReturnType<typeof loadCinemaKeys>>[number], 'cinemaCode' | 'advice'>;

/** The served cinemas with whose keys something is wrong; reads only keys in use, by the connection of reports. Reading K5. */
export async function cinemasInNeed(store: Store<CinemaTables & KeyCacheTables>, now: number): Promise<CinemaInNeed[]> {
  const reading = { db: store.reports };
  const served = await createServedCinemas(reading).list();
  const found: CinemaInNeed[] = [];
  for (const part of chunksOf(served, CINEMAS_A_QUERY)) {
    const some = await loadCinemaKeys(reading, part, now, { inUse: true });
    found.push(...some.filter(({ advice }) => advice.length > 0));
  }
  return found;
}

/** Of how many of an operator's cinemas something is wrong with the public keys, and of how many no ticket can be checked. */
export function countCinemas(found: readonly CinemaInNeed[], cinemaCodes: Operator['cinemaCodes']) {
  const mine = found.filter(({ cinemaCode }) => mayOperateFor({ cinemaCodes }, cinemaCode));
  const isUnusable = ({ code }: KeyAdvice) => code === 'never-came' || code === 'none-in-force';
  return { count: mine.length, unusable: mine.filter(({ advice }) => advice.some(isUnusable)).length };
}
