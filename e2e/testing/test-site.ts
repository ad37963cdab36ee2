import { afterAll } from 'vitest';
import { openSite, PATIENT, type Settings, type Site } from './site.ts';

/** A site for the tests of one file or describe block, stopped and removed at its end. Nobody waits at its doors. */
export async function testSite(settings: Settings = {}): Promise<Site> {
  const patient = Object.entries(PATIENT).map(([role, own]) => [role, { ...own, ...settings[role as keyof Settings] }]);
  const site = await openSite({ settings: { ...settings, ...Object.fromEntries(patient) } });
  afterAll(() => site.close());
  return site;
}
