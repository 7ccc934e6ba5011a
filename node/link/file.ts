/** A piece of a file, as a Secondary asks for it: at its own pace, into a buffer of its own size. */
import type { Want } from "../../bindings/core.ts";
import { LinkError } from "./frame.ts";

/** `offset` and `size` in bytes; `want` is what the core of the Secondary asked for. */
export interface FileRequest {
  want: Pick<Want, "repository" | "role" | "version" | "name">;
  offset: number;
  size: number;
}

/** In place of a repository: the backup of the Secondary's own image, whose SHA-256 is the name. */
export const BACKUP_REPOSITORY = 0xff;

/** A piece of the image that a Secondary runs, to be kept by its Primary. `last`: the image ends with these bytes. */
export interface BackupPiece {
  offset: number;
  last: boolean;
  bytes: Uint8Array;
}

/** `status` of assembly/status.ts; `last`: the file ends with these bytes. */
export interface FilePiece {
  status: number;
  last: boolean;
  bytes: Uint8Array;
}

export const PIECE_MAX = 4096;
const FIXED = 22;

/** repository 1 | role 1 | version 8 | offset 8 | size 4 | name */
export function encodeRequest(request: FileRequest): Uint8Array {
  const name = Buffer.from(request.want.name, "utf8");
  const out = Buffer.alloc(FIXED + name.length);
  out.writeUInt8(request.want.repository, 0);
  out.writeUInt8(request.want.role, 1);
  out.writeBigUInt64BE(BigInt(request.want.version), 2);
  out.writeBigUInt64BE(BigInt(request.offset), 10);
  out.writeUInt32BE(request.size, 18);
  name.copy(out, FIXED);
  return out;
}

export function decodeRequest(bytes: Uint8Array): FileRequest {
  if (bytes.length < FIXED || bytes.length > FIXED + 255) throw new LinkError("payload", `Cannot read a file request of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const request = {
    want: { repository: view.getUint8(0), role: view.getUint8(1), version: Number(view.getBigUint64(2)), name: Buffer.from(bytes.subarray(FIXED)).toString("utf8") },
    offset: Number(view.getBigUint64(10)),
    size: view.getUint32(18),
  };
  if (!Number.isSafeInteger(request.want.version) || !Number.isSafeInteger(request.offset)) throw new LinkError("payload", "Cannot read a number beyond 2^53 - 1");
  if (request.size === 0 || request.size > PIECE_MAX) throw new LinkError("payload", `Cannot send pieces of ${request.size} bytes, at most ${PIECE_MAX}`);
  return request;
}

/** status 2 | last 1 | bytes */
export function encodePiece(piece: FilePiece): Uint8Array {
  const out = new Uint8Array(3 + piece.bytes.length);
  new DataView(out.buffer).setUint16(0, piece.status);
  out[2] = piece.last ? 1 : 0;
  out.set(piece.bytes, 3);
  return out;
}

export function decodePiece(bytes: Uint8Array): FilePiece {
  if (bytes.length < 3) throw new LinkError("payload", `Cannot read a piece of ${bytes.length} bytes`);
  return { status: new DataView(bytes.buffer, bytes.byteOffset, 2).getUint16(0), last: bytes[2] === 1, bytes: bytes.slice(3) };
}

/** offset 8 | last 1 | bytes */
export function encodeBackup({ offset, last, bytes }: BackupPiece): Uint8Array {
  const out = Buffer.alloc(9 + bytes.length);
  out.writeBigUInt64BE(BigInt(offset), 0);
  out[8] = last ? 1 : 0;
  out.set(bytes, 9);
  return new Uint8Array(out);
}

export function decodeBackup(bytes: Uint8Array): BackupPiece {
  if (bytes.length < 9) throw new LinkError("payload", `Cannot read a piece of a backup of ${bytes.length} bytes`);
  const offset = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
  if (!Number.isSafeInteger(offset)) throw new LinkError("payload", "Cannot read a number beyond 2^53 - 1");
  return { offset, last: bytes[8] === 1, bytes: new Uint8Array(bytes.subarray(9)) };
}
