import { needsTag } from '@ticket-check/runtime/testing';
import { inject } from 'vitest';
import type {} from './postgres-server.ts';

/** The URL of an empty database of the run's PostgreSQL server. */
export async function takePostgresDatabase(): Promise<string> {
  needsTag('postgres');
  return ask({ method: 'GET' });
}

/** Makes an empty database a copy of another one, which nobody may have open. */
export async function copyPostgresDatabase(from: string, to: string): Promise<void> {
  await ask({ method: 'PUT', body: `${from} ${to}` });
}

export async function giveBackPostgresDatabase(url: string): Promise<void> {
  await ask({ method: 'DELETE', body: url });
}

async function ask(request: RequestInit): Promise<string> {
  const response = await fetch(inject('postgresDatabases'), request);
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer;
}
