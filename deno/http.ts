/** What the three servers share of HTTP: the application, bounded bodies, errors as JSON, request ids, bearer tokens. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import * as v from "valibot";
import { MetadataError, statusName } from "../bindings/errors.ts";
import { log } from "./log.ts";

export type Env = { Bindings: HttpBindings; Variables: { id: string } };
export type Ctx = Context<Env>;

/** Slowest average a client may send or take, and what it gets on top: 5,000 bytes/s is what the field's clients use. */
export const SPEED_FLOOR = 5000; // bytes per second
export const GRACE = 10_000; // ms

const SLICE = 65_536; // bytes
export const JSON_LIMIT = 1_048_576; // bytes of a request in JSON

/** A request that is answered with 4xx or 5xx and a JSON body. `status`: the core's name of its verdict. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: number;
  readonly status: string | undefined;

  constructor(code: number, message: string, status?: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A refusal by the core as an answer: its sentence and its status name. */
export function refusal(code: number, error: MetadataError): HttpError {
  return new HttpError(code, error.message, statusName(error.report.status));
}

/** An application that logs every request and answers every error as `{"error":{"message","status"?}}`. */
export function application(): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const started = performance.now();
    const id = crypto.randomUUID();
    c.set("id", id);
    await next();
    c.header("x-request-id", id);
    c.header("x-content-type-options", "nosniff");
    const { method, path } = c.req;
    log(c.res.status < 500 ? "info" : "error", "request", { id, method, path, status: c.res.status, ms: Math.round(performance.now() - started) });
  });
  app.notFound((c) => answer(c, new HttpError(404, "Cannot find this path")));
  app.onError((error, c) => answer(c, asHttpError(error, c.get("id"))));
  return app;
}

/** The body of an error. After an early answer the rest of the request is not read: the connection closes. */
function answer(c: Ctx, error: HttpError): Response {
  const body = { error: { message: error.message, ...(error.status === undefined ? {} : { status: error.status }) } };
  if (error.code === 408 || error.code === 413) c.header("connection", "close");
  if (error.code === 401) c.header("www-authenticate", "Bearer");
  return new Response(`${JSON.stringify(body)}\n`, { status: error.code, headers: [...c.res.headers, ["content-type", "application/json"]] });
}

function asHttpError(error: Error, id: string): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof MetadataError) return refusal(422, error);
  if (error instanceof HTTPException) return new HttpError(error.status, `Cannot serve this request: ${error.message}`);
  log("error", `Cannot serve a request: ${error.message}`, { id, stack: error.stack ?? "" });
  return new HttpError(500, "Cannot serve this request: the server failed, its log says why");
}

/**
 * The body of a request, piece by piece.
 *
 * @param limit  bytes at most
 * @throws HttpError  413 over the limit; 408 when it comes slower than SPEED_FLOOR; 400 when it ends early
 */
export async function* pieces(c: Ctx, limit: number): AsyncGenerator<Uint8Array> {
  const stated = c.req.header("content-length");
  if (stated !== undefined && Number(stated) > limit) throw new HttpError(413, `Cannot take ${stated} bytes: ${limit} are the limit`);
  if (c.req.header("content-encoding") !== undefined) throw new HttpError(415, "Cannot take an encoded body");
  const reader = c.req.raw.body?.getReader();
  if (reader === undefined) return;
  const started = Date.now();
  let size = 0;
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), started + GRACE + (size / SPEED_FLOOR) * 1000);
      if (done) break;
      size += value.length;
      if (size > limit) throw new HttpError(413, `Cannot take more than ${limit} bytes`);
      yield value;
    }
    ended = true;
    if (stated !== undefined && size !== Number(stated)) throw new HttpError(400, `Cannot take a body of ${size} bytes where ${stated} were announced`);
  } finally {
    // Not awaited: a client that stopped sending would hold the answer back.
    if (!ended) reader.cancel().catch((error: unknown) => log("info", "a body was left unread", { error: String(error) }));
  }
}

async function inTime<T>(read: Promise<T>, deadline: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HttpError(408, "Cannot wait longer for the body of this request")), Math.max(deadline - Date.now(), 1));
  });
  try {
    const whole = read.catch((error: unknown) => Promise.reject(new HttpError(400, `Cannot read the body to its end: ${error}`)));
    return await Promise.race([whole, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body of a request; errors of `pieces`. */
export async function body(c: Ctx, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces(c, limit)) parts.push(piece);
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * A body in JSON with the shape of `schema`.
 *
 * @throws HttpError  400 for anything else, with the path of the first member that is wrong; errors of `pieces`
 */
export async function jsonBody<T extends v.GenericSchema>(c: Ctx, schema: T, limit = JSON_LIMIT): Promise<v.InferOutput<T>> {
  return shaped(schema, parseJson(await body(c, limit)), "this request");
}

/** @throws HttpError 400 for bytes that are no JSON in UTF-8 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new HttpError(400, "Cannot read this request: it is not JSON in UTF-8");
    throw error;
  }
}

/** @throws HttpError 400 "Cannot read WHAT: path: reason" */
export function shaped<T extends v.GenericSchema>(schema: T, value: unknown, what: string): v.InferOutput<T> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new HttpError(400, `Cannot read ${what}: ${v.getDotPath(issue) ?? "the whole"}: ${issue.message.slice(0, 200)}`);
}

/** Lets only requests with this bearer token through; compared in constant time. */
export function bearer(token: string): MiddlewareHandler<Env> {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return async (c, next) => {
    if (!timingSafeEqual(digest(c.req.header("authorization") ?? ""), expected)) throw new HttpError(401, "Cannot do this without the operator's token");
    await next();
  };
}

/** A signed file or other bytes held in memory; long ones in slices, so that it shows how fast they are taken (serve.ts). */
export function bytesResponse(bytes: Uint8Array, type: string, cache: string): Response {
  return new Response(bytes.length <= SLICE ? bytes.slice() : ReadableStream.from(slices(bytes)), { headers: { "content-type": type, "content-length": String(bytes.length), "cache-control": cache } });
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SLICE) yield bytes.slice(at, at + SLICE);
}

export const FOREVER = "public, max-age=31536000, immutable"; // a versioned name never gets other content
export const NEVER = "no-cache";
