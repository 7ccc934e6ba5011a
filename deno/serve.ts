/** Starts a server on loopback, says hello on stdout, closes slow connections, and stops cleanly. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { type Env, GRACE, SPEED_FLOOR } from "./http.ts";
import { log, nameLog } from "./log.ts";

const HOST = "127.0.0.1";
const CONNECTIONS_MAX = 1024;
const STOP_WAIT = 3000; // ms that running requests get at the end

export interface Service {
  name: string; // in the hello line and in logs
  app: Hono<Env>;
  port: number; // 0: any free one
  core?: string; // SHA-256 of the core, where one is loaded
  close(): Promise<void> | void; // after the last request
}

/**
 * Runs a server until SIGTERM, SIGINT, or, with the argument `--attached`, the end of stdin (its parent is gone then).
 * Prints one line on stdout when it listens: {"name","pid","port","core"?}.
 */
async function serve(service: Service): Promise<void> {
  const server = createAdaptorServer({
    fetch: service.app.fetch,
    serverOptions: { headersTimeout: GRACE, requestTimeout: 0, keepAliveTimeout: 5000, connectionsCheckingInterval: 1000, maxHeaderSize: 16384 },
  }) as import("node:http").Server;
  server.maxConnections = CONNECTIONS_MAX;
  server.on("request", paced);
  server.on("clientError", (error: Error & { code?: string }, socket: Socket) => malformed(error, socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(service.port, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ name: service.name, pid: Deno.pid, port, ...(service.core === undefined ? {} : { core: service.core }) }));

  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    log("info", "stopping", { why });
    const force = setTimeout(() => server.closeAllConnections(), STOP_WAIT);
    server.close(async () => {
      clearTimeout(force);
      await service.close();
      Deno.exit(0);
    });
    server.closeIdleConnections();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => stop(signal));
  if (Deno.args.includes("--attached")) attached(() => stop("stdin ended"));
}

/** Makes a service out of the data folder named on the command line and runs it. What keeps it from starting is one line in the log; exit 1. */
export async function start(name: string, make: (folder: string) => Promise<Service>): Promise<void> {
  nameLog(name);
  try {
    const folder = Deno.args.find((argument) => !argument.startsWith("--"));
    if (folder === undefined) throw new Error("no data folder is named on the command line");
    await serve(await make(folder.replace(/\/+$/, "")));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    log("error", `Cannot start: ${error.message}`);
    Deno.exit(1);
  }
}

/** A client that takes less than SPEED_FLOOR, averaged over GRACE, loses the connection. (How fast it sends is watched in http.ts.) */
function paced({ socket, url }: IncomingMessage, response: ServerResponse): void {
  let since = 0; // 0: the answer has not begun
  let mark = 0;
  const timer = setInterval(() => {
    if (!response.headersSent) return;
    const now = Date.now();
    if (since === 0 || socket.bytesWritten - mark >= (GRACE / 1000) * SPEED_FLOOR) {
      since = now;
      mark = socket.bytesWritten;
    } else if (now > since + GRACE) {
      log("warn", "a client took its answer too slowly", { path: url ?? "" });
      socket.destroy();
    }
  }, 1000);
  for (const over of ["finish", "close"]) response.once(over, () => clearInterval(timer));
}

/** Bytes that are no HTTP request, or a head that came too slowly. */
function malformed(error: Error & { code?: string }, socket: Socket): void {
  socket.on("error", (gone: Error) => log("info", "a client went away", { error: gone.message }));
  if (!socket.writable) return void socket.destroy();
  const [code, text] = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? [408, "Request Timeout"] : error.code === "HPE_HEADER_OVERFLOW"
    ? [431, "Request Header Fields Too Large"]
    : [400, "Bad Request"];
  const body = `${JSON.stringify({ error: { message: `Cannot read this request: ${text}` } })}\n`;
  socket.end(`HTTP/1.1 ${code} ${text}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

async function attached(gone: () => void): Promise<void> {
  const buffer = new Uint8Array(256);
  while ((await Deno.stdin.read(buffer)) !== null); // what is written there means nothing
  gone();
}
