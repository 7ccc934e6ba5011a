/** A Secondary's end of the link: it asks, one request at a time, and the Primary answers. */
import { randomBytes } from "node:crypto";
import { type Socket, connect } from "node:net";
import { Channel } from "./channel.ts";
import { type BackupPiece, type FilePiece, type FileRequest, decodePiece, encodeBackup, encodeRequest } from "./file.ts";
import { Deframer, LinkError, frame } from "./frame.ts";
import { BACKUP, DONE, ERROR, FILE, HELLO, type Message, NEXT, NONCE_SIZE, ORDER, PIECE, REPORT, TAKEN, TO_PRIMARY, WELCOME, decodeMessage, sessionKey } from "./message.ts";

const ANSWER_SECONDS = 30; // a Primary that lives says something at least every IDLE_SECONDS

export interface LinkAddress {
  vehicle: string;
  self: string; // serials
  primary: string;
  key: Uint8Array; // link key from provisioning
  port: number;
}

export interface Link {
  /** What there is to do: ORDER_*. */
  next(): Promise<number>;
  report(bytes: Uint8Array): Promise<void>;
  piece(request: FileRequest): Promise<FilePiece>;
  backup(piece: BackupPiece): Promise<void>;
  done(payload: Uint8Array): Promise<void>;
  close(): void;
}

interface Pending {
  counter: bigint;
  kind: number;
  resolve(message: Message): void;
  reject(error: Error): void;
}

/** @throws LinkError  when the Primary is not there, or cannot show that it knows the link key */
export async function openLink(address: LinkAddress): Promise<Link> {
  const channel = new Channel({ vehicle: address.vehicle, self: address.self, peer: address.primary, hop: TO_PRIMARY }, address.key);
  const socket = await dial(address.port);
  const deframer = new Deframer();
  let pending: Pending | undefined;
  let broken: Error | undefined;

  function fail(error: Error): void {
    broken ??= error;
    pending?.reject(broken);
    pending = undefined;
    socket.destroy();
  }
  socket.on("error", (error) => fail(new LinkError("closed", `Cannot use the link: ${error.message}`, true)));
  socket.on("close", () => fail(new LinkError("closed", "Cannot use the link: the Primary closed it", true)));
  socket.on("data", (piece: Buffer) => {
    try {
      for (const bytes of deframer.push(piece)) take(bytes);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      fail(error);
    }
  });

  function take(bytes: Uint8Array): void {
    if (isBareError(bytes)) throw new LinkError("refused", "Cannot use the link: the Primary refused the connection", true);
    const message = channel.open(bytes);
    if (message.kind === ERROR && (pending === undefined || message.answers !== pending.counter)) {
      throw new LinkError(word(message.payload), `Cannot go on: the Primary answered ${word(message.payload)}`);
    }
    if (pending === undefined || message.answers !== pending.counter) throw new LinkError("order", `Cannot place an answer to message ${message.answers}`);
    const { resolve, reject, kind } = pending;
    pending = undefined;
    if (message.kind === ERROR) reject(new LinkError(word(message.payload), `Cannot go on: the Primary answered ${word(message.payload)}`));
    else if (message.kind !== kind) reject(new LinkError("kind", `Cannot take a message of kind ${message.kind} for one of kind ${kind}`));
    else resolve(message);
  }

  function request(kind: number, payload: Uint8Array, answer: number): Promise<Message> {
    if (broken !== undefined) return Promise.reject(broken);
    if (pending !== undefined) return Promise.reject(new LinkError("order", "Cannot ask twice at once"));
    return new Promise((resolve, reject) => {
      const { bytes, counter } = channel.seal(kind, payload);
      const timer = setTimeout(() => fail(new LinkError("silent", `Cannot wait longer than ${ANSWER_SECONDS} s for the Primary`, true)), ANSWER_SECONDS * 1000);
      pending = {
        counter,
        kind: answer,
        resolve: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      socket.write(frame(bytes));
    });
  }

  const own = randomBytes(NONCE_SIZE);
  try {
    const { payload } = await request(HELLO, own, WELCOME);
    if (payload.length !== 2 * NONCE_SIZE || !own.equals(payload.subarray(NONCE_SIZE))) {
      throw new LinkError("welcome", "Cannot trust a welcome that was not made for this connection", true);
    }
    channel.rekey(sessionKey(address.key, own, payload.subarray(0, NONCE_SIZE)));
  } catch (error) {
    socket.destroy();
    throw error;
  }

  return {
    next: async () => (await request(NEXT, new Uint8Array(0), ORDER)).payload[0] ?? 0,
    report: async (bytes) => void (await request(REPORT, bytes, TAKEN)),
    piece: async (wanted) => decodePiece((await request(FILE, encodeRequest(wanted), PIECE)).payload),
    backup: async (piece) => void (await request(BACKUP, encodeBackup(piece), TAKEN)),
    done: async (payload) => void (await request(DONE, payload, TAKEN)),
    close: () => socket.destroy(),
  };
}

/** An Error without a MAC ends a connection that would end anyway; it can do no more. */
function isBareError(bytes: Uint8Array): boolean {
  return bytes.length > 32 && bytes.subarray(0, 32).every((byte) => byte === 0) && decodeMessage(bytes).kind === ERROR;
}

function word(payload: Uint8Array): string {
  const text = Buffer.from(payload.subarray(0, 32)).toString("latin1");
  return /^[a-z-]+$/.test(text) ? text : "an error";
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    const failed = (error: Error): void => reject(new LinkError("closed", `Cannot reach the Primary: ${error.message}`, true));
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
