import { parseCinemaCode, parseWallClock, type WallClock } from '@ticket-check/protocol';
import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { createBoxOfficeProgram } from '../commands.ts';
import { addSession, type BoxOffice, makeBoxOffice, makeUkey, type Session, seededRandom } from '../index.ts';

/** Times of one evening, for tests. */
export const at = (time: string): WallClock => parseWallClock(`2026-11-24T${time}`);

export const OPENING = at('10:00:00');
export const NOW = at('18:45:00');

/** Made once: every test of a file sells under the same key. */
const ukey = makeUkey(OPENING);

/** A cinema of three screens, each with a session at 19:30. */
export function openBoxOffice(): { boxOffice: BoxOffice; sessions: Session[] } {
  const boxOffice = makeBoxOffice({
    now: OPENING,
    random: seededRandom('scene'),
    cinemaCode: parseCinemaCode('31050101'),
    ukey,
  });
  const sessions = boxOffice.screens.map(() => addSession(boxOffice, { startTime: at('19:30:00') }));
  return { boxOffice, sessions };
}

/** Runs a command of the box office on a state file; what it asks for is not typed. */
export async function runBoxOffice(
  state: string,
  args: readonly string[],
  env: Record<string, string> = {},
  ask: Parameters<typeof createBoxOfficeProgram>[2] = async () => null,
) {
  const argv = ['node', 'box-office', '--state', state, ...args];
  const program = createBoxOfficeProgram(env, Date.now, ask);
  const { result: code, ...output } = await outputOf(() => runCommand(program, argv));
  return { code, ...output };
}
