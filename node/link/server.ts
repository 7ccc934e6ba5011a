/** The Primary's end of the link: takes Secondaries in, hands out orders and pieces of files, takes reports and outcomes. */
import { randomBytes } from "node:crypto";
import { type Server, type Socket, createServer } from "node:net";
import type { Log } from "../log.ts";
import { Channel, bareError } from "./channel.ts";
import { type BackupPiece, type FilePiece, type FileRequest, decodeBackup, decodeRequest, encodePiece } from "./file.ts";
import { Deframer, LinkError, frame } from "./frame.ts";
import {
  BACKUP, DONE, ERROR, FILE, HELLO, type Message, NEXT, NONCE_SIZE, ORDER, ORDER_IDLE, PIECE, REPORT, TAKEN, TO_SECONDARY, WELCOME, decodeMessage, sessionKey,
} from "./message.ts";

export const IDLE_SECONDS = 10; // an idle Secondary hears from its Primary this often
const HELLO_SECONDS = 5;
const CONNECTIONS_MAX = 300; // 256 ECUs and some room for those that come back before their old connection is seen to be dead
const WAITING_MAX = 8; // frames of one connection that wait to be handled

export interface LinkHandlers {
  /** A signed ECU version report; throws LinkError to refuse it. */
  report(serial: string, bytes: Uint8Array): void;
  piece(serial: string, request: FileRequest): FilePiece;
  /** Throws LinkError to refuse it. */
  backup(serial: string, piece: BackupPiece): void;
}

export interface LinkOptions {
  vehicle: string;
  self: string; // serial of the Primary
  keys: ReadonlyMap<string, Uint8Array>; // link key of each Secondary, by serial
  port: number; // on 127.0.0.1, 0: any
  handlers: LinkHandlers;
  log: Log;
}

export interface LinkServer {
  readonly port: number;
  connected(serial: string): boolean;
  /**
   * Gives an order and waits for its end.
   *
   * @returns what the Secondary said at its end (outcome.ts), or undefined when it was not there, went away or took too long
   */
  order(serial: string, order: number, seconds: number): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

interface Job {
  order: number;
  given: Peer | undefined; // the connection it went out on
  settle(payload: Uint8Array | undefined): void;
}

interface Peer {
  readonly serial: string;
  readonly channel: Channel;
  readonly socket: Socket;
  next: { counter: bigint; timer: NodeJS.Timeout } | undefined; // a Next that waits for its Order
}

export async function serveLink(options: LinkOptions): Promise<LinkServer> {
  const { keys, log, handlers } = options;
  const peers = new Map<string, Peer>();
  const jobs = new Map<string, Job>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => accept(socket));
  await listen(server, options.port);

  function accept(socket: Socket): void {
    if (sockets.size >= CONNECTIONS_MAX) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.setNoDelay(true);
    const deframer = new Deframer();
    const helloTimer = setTimeout(() => socket.destroy(), HELLO_SECONDS * 1000);
    let peer: Peer | undefined;
    let waiting = 0;
    socket.on("data", (piece: Buffer) => {
      try {
        for (const bytes of deframer.push(piece)) {
          if (++waiting > WAITING_MAX) throw new LinkError("flood", `Cannot hold more than ${WAITING_MAX} messages`, true);
          if (peer === undefined) peer = greet(socket, bytes);
          else if (handle(peer, bytes)) clearTimeout(helloTimer);
          waiting--;
        }
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
        log.warn("link: connection closed", { reason: error.message, serial: peer?.serial });
        send(socket, bareError(options.vehicle, options.self, error.code));
        socket.end();
      }
    });
    socket.on("error", (error) => log.warn("link: connection failed", { reason: error.message, serial: peer?.serial }));
    socket.on("close", () => {
      clearTimeout(helloTimer);
      sockets.delete(socket);
      if (peer !== undefined) leave(peer);
    });
  }

  /** The first message of a connection; whoever it is has proved nothing yet, so a connection that is there stays in force. */
  function greet(socket: Socket, bytes: Uint8Array): Peer {
    const hello = decodeMessage(bytes);
    const key = keys.get(hello.sender);
    if (hello.kind !== HELLO || key === undefined) throw new LinkError("hello", `Cannot greet ${JSON.stringify(hello.sender.slice(0, 64))}`, true);
    const channel = new Channel({ vehicle: options.vehicle, self: options.self, peer: hello.sender, hop: TO_SECONDARY }, key);
    const { payload, counter } = channel.open(bytes);
    if (payload.length !== NONCE_SIZE) throw new LinkError("payload", `Cannot greet with ${payload.length} bytes`, true);
    const own = randomBytes(NONCE_SIZE);
    send(socket, channel.seal(WELCOME, Buffer.concat([own, payload]), counter).bytes);
    channel.rekey(sessionKey(key, payload, own));
    return { serial: hello.sender, channel, socket, next: undefined };
  }

  /** @returns whether the message was genuine; a bad one is answered with an error, and the connection goes on */
  function handle(peer: Peer, bytes: Uint8Array): boolean {
    let message: Message;
    try {
      message = peer.channel.open(bytes);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      log.warn("link: message refused", { reason: error.message, serial: peer.serial });
      send(peer.socket, peer.channel.seal(ERROR, Buffer.from(error.code)).bytes);
      return false;
    }
    join(peer);
    try {
      answer(peer, message);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      log.warn("link: request refused", { reason: error.message, serial: peer.serial });
      send(peer.socket, peer.channel.seal(ERROR, Buffer.from(error.code), message.counter).bytes);
    }
    return true;
  }

  function join(peer: Peer): void {
    const old = peers.get(peer.serial);
    if (old === peer) return;
    peers.set(peer.serial, peer);
    if (old !== undefined) old.socket.destroy();
    log.info("link: Secondary is here", { serial: peer.serial });
  }

  function leave(peer: Peer): void {
    clearTimeout(peer.next?.timer);
    if (peers.get(peer.serial) !== peer) return;
    peers.delete(peer.serial);
    log.warn("link: Secondary is gone", { serial: peer.serial });
    const job = jobs.get(peer.serial);
    if (job !== undefined && job.given === peer) job.settle(undefined);
  }

  function answer(peer: Peer, message: Message): void {
    const reply = (kind: number, payload: Uint8Array): void => send(peer.socket, peer.channel.seal(kind, payload, message.counter).bytes);
    switch (message.kind) {
      case NEXT: {
        clearTimeout(peer.next?.timer);
        peer.next = { counter: message.counter, timer: setTimeout(() => give(peer, ORDER_IDLE), IDLE_SECONDS * 1000) };
        const job = jobs.get(peer.serial);
        if (job !== undefined && job.given === undefined) hand(peer, job);
        return;
      }
      case REPORT:
        handlers.report(peer.serial, message.payload);
        return reply(TAKEN, new Uint8Array(0));
      case FILE:
        return reply(PIECE, encodePiece(handlers.piece(peer.serial, decodeRequest(message.payload))));
      case BACKUP:
        handlers.backup(peer.serial, decodeBackup(message.payload));
        return reply(TAKEN, new Uint8Array(0));
      case DONE: {
        const job = jobs.get(peer.serial);
        if (job !== undefined && job.given === peer) job.settle(message.payload);
        return reply(TAKEN, new Uint8Array(0));
      }
      case ERROR:
        return log.warn("link: Secondary reports an error", { serial: peer.serial, code: Buffer.from(message.payload.subarray(0, 64)).toString("latin1") });
      default:
        throw new LinkError("kind", `Cannot answer a message of kind ${message.kind}`);
    }
  }

  function hand(peer: Peer, job: Job): void {
    job.given = peer;
    give(peer, job.order);
  }

  function give(peer: Peer, order: number): void {
    if (peer.next === undefined) return;
    clearTimeout(peer.next.timer);
    send(peer.socket, peer.channel.seal(ORDER, Uint8Array.of(order), peer.next.counter).bytes);
    peer.next = undefined;
  }

  function order(serial: string, kind: number, seconds: number): Promise<Uint8Array | undefined> {
    jobs.get(serial)?.settle(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => job.settle(undefined), seconds * 1000);
      const job: Job = {
        order: kind,
        given: undefined,
        settle: (payload) => {
          clearTimeout(timer);
          if (jobs.get(serial) === job) jobs.delete(serial);
          resolve(payload);
        },
      };
      jobs.set(serial, job);
      const peer = peers.get(serial);
      if (peer?.next !== undefined) hand(peer, job);
    });
  }

  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot say where the link listens");
  return {
    port: address.port,
    connected: (serial) => peers.has(serial),
    order,
    close: () => new Promise((resolve) => {
      for (const job of [...jobs.values()]) job.settle(undefined);
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
  };
}

function send(socket: Socket, bytes: Uint8Array): void {
  if (socket.writable) socket.write(frame(bytes));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
