import type { FastifyReply } from 'fastify';

/** A client that leaves this much unread is disconnected. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** An answer that goes on: server-sent events. */
export type EventStream = NonNullable<ReturnType<typeof beginEventStream>>;

/** Answers with an event stream, with the headers of the reply; null if the client is gone, which no event would report later. */
export function beginEventStream(reply: FastifyReply) {
  const { raw } = reply.hijack();
  if (raw.destroyed) return null;
  const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
  raw.writeHead(200, { ...Object.fromEntries(headers), 'content-type': 'text/event-stream; charset=utf-8' });
  // The first event may take long; the client sees at once that the stream is open.
  raw.flushHeaders();
  return {
    /** Sends text in the form of events, until the end. Disconnects a client that has left 256 KiB unread. */
    write(text: string): void {
      if (raw.writableEnded) return;
      if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
      else raw.write(text);
    },
    end: () => void raw.end(),
    /** Calls `ended` once the connection is closed, by either side. */
    onClose: (ended: () => void) => void raw.once('close', ended),
  };
}
