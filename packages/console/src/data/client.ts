import { Problem } from './problem.ts';

/** Asks the service for JSON. Whoever is not logged in any more is led to the login, and from there back to what they saw. */
export async function readJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return answerOf<T>(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) });
}

/** Has the service change something. */
export async function sendJson<T>(path: string, body: object, csrf: string): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
  return answerOf<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function answerOf<T>(path: string, request: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', redirect: 'manual', ...request });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new Problem('unreachable');
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer as T;
  if (response.status === 401 && answer?.error === 'unauthorized') {
    goToLogin();
    // The page is left: nothing more is shown of it.
    return new Promise<T>(() => {});
  }
  const code = typeof answer?.error === 'string' ? answer.error : response.status === 404 ? 'not-found' : 'failed';
  const requestId = typeof answer?.requestId === 'string' ? answer.requestId : null;
  throw new Problem(code, { requestId, retryAfter: Number(response.headers.get('retry-after')) || null });
}

/** Leads to the login, and from there back to what is open. */
export function goToLogin(): void {
  const { pathname, search } = window.location;
  window.location.assign(`/login?${new URLSearchParams({ return: pathname + search })}`);
}
