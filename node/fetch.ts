/** The Primary's HTTP client: every transfer has a byte limit, a deadline and a floor of speed, and ends in bytes or in a status of the core. */
import { request as plain } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as secure } from "node:https";
import { EndlessData, Missing, SlowRetrieval, Unavailable } from "../assembly/status.ts";
import { TransferError } from "../bindings/errors.ts";

export interface Pace {
  connectSeconds: number; // until the head of the answer
  floor: number; // bytes a second, averaged over `windowSeconds`; slower ends the transfer (Uptane 2.1.0 §5.4)
  windowSeconds: number;
  deadlineSeconds: number; // of the whole transfer
}

export const PACE: Pace = { connectSeconds: 10, floor: 5000, windowSeconds: 10, deadlineSeconds: 3600 };

/** An answer that is neither the file nor a clear "not there". */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: number;
  readonly body: string;

  constructor(code: number, what: string, body: string) {
    super(`Cannot use the answer of ${what}: ${code} ${body.slice(0, 300)}`);
    this.code = code;
    this.body = body;
  }
}

/**
 * Fetches a file as it streams in.
 *
 * @returns bytes to come, `limit` + 1 of them at the most, so that who counts them sees that they are too many; or Missing for a clear "not there"
 *          (404, 410). What goes wrong later is thrown by the stream as TransferError: SlowRetrieval, EndlessData, Unavailable.
 */
export async function download(url: string, limit: number, pace: Pace = PACE): Promise<AsyncIterable<Uint8Array> | number> {
  let answer: IncomingMessage;
  try {
    answer = await head("GET", url, undefined, pace);
  } catch (error) {
    if (error instanceof TransferError) return error.status;
    throw error;
  }
  if (answer.statusCode === 404 || answer.statusCode === 410) {
    answer.destroy();
    return Missing;
  }
  if (answer.statusCode !== 200) {
    answer.destroy();
    return Unavailable;
  }
  return paced(answer, url, limit, pace);
}

/**
 * Sends a body and reads the whole answer.
 *
 * @throws HttpError      for an answer outside 2xx, with its body
 * @throws TransferError  when there is no answer in time, or more than `limit` bytes of it
 */
export async function send(method: "PUT" | "POST", url: string, body: Uint8Array, limit: number, headers: Record<string, string> = {}, pace: Pace = PACE): Promise<Uint8Array> {
  const answer = await head(method, url, { body, headers }, pace);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of paced(answer, url, limit, pace)) {
    size += piece.length;
    if (size > limit) throw new TransferError(EndlessData, url);
    pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  const code = answer.statusCode ?? 0;
  if (code < 200 || code > 299) throw new HttpError(code, url, bytes.toString("utf8"));
  return new Uint8Array(bytes);
}

function head(method: string, url: string, out: { body: Uint8Array; headers: Record<string, string> } | undefined, pace: Pace): Promise<IncomingMessage> {
  const request = url.startsWith("https:") ? secure : plain;
  return new Promise((resolve, reject) => {
    const fail = (status: number) => (): void => {
      clearTimeout(timer);
      reject(new TransferError(status, url));
    };
    const length = out === undefined ? {} : { "content-length": String(out.body.length) };
    const sent = request(url, { method, headers: { "user-agent": "uptane-wasm", ...length, ...out?.headers }, agent: false }, (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    const timer = setTimeout(() => {
      fail(SlowRetrieval)();
      sent.destroy();
    }, pace.connectSeconds * 1000);
    sent.on("error", fail(Unavailable));
    sent.end(out?.body);
  });
}

/** The answer's bytes, watched: too slow, too late, or cut off is an error; one byte over the limit ends it. */
async function* paced(answer: IncomingMessage, what: string, limit: number, pace: Pace): AsyncGenerator<Uint8Array> {
  let size = 0;
  let windowStart = performance.now();
  let windowSize = 0;
  let waiting = false;
  let slow = false;
  const deadline = windowStart + pace.deadlineSeconds * 1000;
  const watch = setInterval(() => {
    const now = performance.now();
    const full = now - windowStart >= pace.windowSeconds * 1000;
    // Only the time in which we wait for the sender counts, not the time the reader takes.
    if (now > deadline || (full && waiting && windowSize < pace.floor * pace.windowSeconds)) {
      slow = true;
      answer.destroy();
    } else if (full) {
      windowStart = now;
      windowSize = 0;
    }
  }, Math.min(1000, pace.windowSeconds * 250));
  try {
    const pieces = answer[Symbol.asyncIterator]();
    for (;;) {
      waiting = true;
      const { done, value } = await pieces.next() as IteratorResult<Buffer>;
      waiting = false;
      if (done === true) break;
      windowSize += value.length;
      const room = limit + 1 - size;
      size += value.length;
      yield new Uint8Array(value.buffer, value.byteOffset, Math.min(value.length, room));
      if (size > limit) return;
    }
    if (!answer.complete) throw new TransferError(slow ? SlowRetrieval : Unavailable, what);
  } catch (error) {
    if (slow) throw new TransferError(SlowRetrieval, what);
    if (error instanceof Error && "code" in error) throw new TransferError(Unavailable, what);
    throw error;
  } finally {
    clearInterval(watch);
    answer.destroy();
  }
}
