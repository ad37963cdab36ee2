import type { Scene } from './scene.ts';

/** In ascending order: a terminal that starts is never behind what it has kept. Seconds. */
const STARTS = [-600, -240, 240, 600];
/** As far as an upstream corrects. */
const CORRECTED = 300;
const MINUTE = 60;

/** The terminal starts with a wrong clock: up to 5 minutes it is corrected, beyond that it is reported. */
export async function startWrong({
  site,
  set,
  expectAdmitted,
  measured,
  trusted,
  alarms,
  result,
}: Scene): Promise<void> {
  for (const ahead of STARTS) {
    const when = `started with a clock ${ahead} s ahead`;
    const isCorrected = Math.abs(ahead) <= CORRECTED;
    await site.stop('terminal-agent');
    set(ahead);
    const before = alarms();
    await site.start('terminal-agent');
    const notYet = () =>
      expectAdmitted(`${when}, not measured yet`, { ahead: [Math.min(0, ahead), Math.max(0, ahead)] });
    await notYet();
    await measured(ahead, notYet);
    for (let guest = 0; guest < 3; guest += 1)
      await expectAdmitted(when, { ahead: isCorrected ? 0 : ahead, trusted: isCorrected, confirmed: true });
    await trusted(when, isCorrected);
    if (alarms() > before === isCorrected)
      result.failures.push(`${when}: the alarm was ${isCorrected ? '' : 'not '}raised`);
  }
}

/** The clock is set while guests are scanned and the platform is in reach. */
export async function setInService({ set, turnAway, expectAdmitted, expectAdmittedLater, measured, trusted }: Scene) {
  await expectAdmitted('set up with a clock 10 minutes ahead', { ahead: 10 * MINUTE });
  set(0);
  const first = await turnAway('put right by 10 minutes');
  await expectAdmittedLater('put right by 10 minutes', first);
  await trusted('right again', true);

  set(-3 * MINUTE);
  await expectAdmittedLater('set back by 3 minutes', await turnAway('set back by 3 minutes'));
  set(0);
  await expectAdmitted('put right by 3 minutes', { ahead: 0, trusted: true });

  set(-15 * MINUTE);
  const turnedAway = () => turnAway('set back by 15 minutes');
  await turnedAway();
  await measured(-15 * MINUTE, turnedAway);
  const waiting = await turnAway('set back by 15 minutes and measured');
  await trusted('set back by 15 minutes', false);
  set(0);
  await expectAdmittedLater('put right by 15 minutes', waiting);

  set(3 * MINUTE);
  const threeMinutesAhead = () => expectAdmitted('set ahead by 3 minutes', { ahead: [0, 3 * MINUTE], trusted: true });
  await threeMinutesAhead();
  await measured(3 * MINUTE, threeMinutesAhead);
  await expectAdmitted('set ahead by 3 minutes and measured', { ahead: 0, trusted: true, confirmed: true });

  set(20 * MINUTE);
  const twentyMinutesAhead = () => expectAdmitted('set ahead by 20 minutes', { ahead: 20 * MINUTE });
  await twentyMinutesAhead();
  await measured(20 * MINUTE, twentyMinutesAhead);
  await expectAdmitted('set ahead by 20 minutes and measured', { ahead: 20 * MINUTE, trusted: false, confirmed: true });
  await trusted('set ahead by 20 minutes', false);
  set(0);
  await expectAdmittedLater('put right by 20 minutes', await turnAway('put right by 20 minutes'));
}

/** The same while nobody can say what time it is. */
export async function setOffline({
  site,
  set,
  turnAway,
  expectAdmitted,
  expectAdmittedLater,
  trusted,
}: Scene): Promise<void> {
  await site.stop('third-party-platform', 'SIGKILL');
  set(10 * MINUTE);
  await expectAdmitted('offline, set ahead by 10 minutes', { ahead: 10 * MINUTE, confirmed: false });
  set(0);
  // It stands again where the platform had confirmed it.
  await expectAdmitted('offline, put right by 10 minutes', { ahead: 0, trusted: true, confirmed: false });
  set(10 * MINUTE);
  await expectAdmitted('offline, set ahead by 10 minutes again', { ahead: 10 * MINUTE, confirmed: false });
  await site.stop('terminal-agent');
  set(0);
  // An agent that starts does not know that.
  await site.start('terminal-agent');
  const waiting = await turnAway('offline, put right and started again');
  await trusted('offline, put right and started again', false);
  await site.start('third-party-platform');
  await expectAdmittedLater('the platform is there again', waiting);

  await site.stop('third-party-platform', 'SIGKILL');
  set(-5 * MINUTE);
  await turnAway('offline, set back by 5 minutes');
  set(0);
  await expectAdmitted('offline, put right by 5 minutes', { ahead: 0, trusted: true, confirmed: false });
  await site.start('third-party-platform');
}
