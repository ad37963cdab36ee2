import type { FastifyReply } from 'fastify';

/** Whoever does not read what they are told is told no more. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** An answer that goes on: server-sent events. */
export type EventStream = {
  /** Sends text in the form of events. Ends the connection of whoever has left 256 KiB unread. */
  write(text: string): void;
  end(): void;
  /** Calls `ended` once the connection is closed, whoever closed it. */
  onClose(ended: () => void): void;
};

/** Answers with an event stream, with the headers of the reply. Null where the client is gone already, which nothing would tell later. */
export function beginEventStream(reply: FastifyReply): EventStream | null {
  const { raw } = reply.hijack();
  if (raw.destroyed) return null;
  raw.writeHead(200, { ...headersOf(reply), 'content-type': 'text/event-stream; charset=utf-8' });
  // What is told first may be long in coming, and whoever asked is to know meanwhile that there is somebody.
  raw.flushHeaders();
  return {
    write(text) {
      if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
      else raw.write(text);
    },
    end: () => void raw.end(),
    onClose: (ended) => void raw.once('close', ended),
  };
}

function headersOf(reply: FastifyReply): Record<string, string | number | string[]> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
