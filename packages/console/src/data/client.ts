/** Asks the service for JSON. Without a session the browser goes to the login, and from there back to this page. */
export async function readJson<T>(path: string, signal?: AbortSignal, headers = {}): Promise<T> {
  return jsonOf<T>(await ask(path, { headers: { accept: 'application/json', ...headers }, ...(signal && { signal }) }));
}

/** Asks for JSON without using the session: an unattended page must not keep it alive. */
export const lookOn = <T>(path: string, signal?: AbortSignal) => readJson<T>(path, signal, { 'x-looks-on': '1' });

export async function sendJson<T>(path: string, body: object, csrf: string): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
  return jsonOf<T>(await ask(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** Takes what the service answers as a file, under the name that it gives. */
export async function takeFile(path: string): Promise<void> {
  const response = await ask(path, {});
  const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = name ?? '';
  link.click();
  URL.revokeObjectURL(address);
}

async function jsonOf<T>(response: Response): Promise<T> {
  const answer = await response.json().catch(() => null);
  if (answer === null) throw new Problem('failed');
  return answer;
}

async function ask(path: string, request: RequestInit): Promise<Response> {
  const response = await fetch(path, { credentials: 'same-origin', redirect: 'manual', ...request }).catch((error) => {
    throw request.signal?.aborted ? error : new Problem('unreachable');
  });
  if (response.ok) return response;
  const answer: Record<string, unknown> = (await response.json().catch(() => null)) ?? {};
  // What stands between may answer JSON of its own.
  const said = (name: string) => (typeof answer[name] === 'string' ? answer[name] : '');
  if (response.status === 401 && said('error') === 'unauthorized') {
    goToLogin();
    // The page is left: nothing more is shown of it.
    return new Promise(() => {});
  }
  throw new Problem(said('error') || (response.status === 404 ? 'not-found' : 'failed'), {
    requestId: said('requestId') || null,
    retryAfter: Number(response.headers.get('retry-after')) || null,
    about: String(answer.about ?? ''),
    // What the service says of a refused change is in the reader's language.
    sentence: request.method === 'POST' ? said('message') : '',
  });
}

/** Leads to the login, and from there back to what is open. */
export function goToLogin(): void {
  const { pathname, search } = window.location;
  window.location.assign(`/login?${new URLSearchParams({ return: pathname + search })}`);
}

type About = {
  /** What an administrator finds the failure in the log by. */
  readonly requestId: string | null;
  /** After how many seconds the same may be tried again. */
  readonly retryAfter: number | null;
  /** What it is about, for the words to name it; empty if the code says it all. */
  readonly about: string;
  /** What is wrong and what to do, in the words of the service; empty if the code says it all. */
  readonly sentence: string;
};

/**
 * Why the service did not answer as asked: its own code (`forbidden`, `bad-input`, `wrong-password`, or one of a screen's),
 * `unreachable` where no answer came, or `failed` where the service could not answer.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly more: About;

  constructor(code: string, more: About = { requestId: null, retryAfter: null, about: '', sentence: '' }) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

/** Whether the same request may well be answered a moment later. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Problem && ['unreachable', 'failed', 'busy', 'too-soon'].includes(error.code);
