/**
 * A part with one slot overwrites the image it runs. Its Primary keeps that image meanwhile (Uptane 2.1.0 §5.4.3.3), and need not be trusted with it: what comes
 * back has to have the digest the part remembers.
 */
import { createHash } from "node:crypto";
import { ROLE_PAYLOAD } from "../assembly/abi.ts";
import { Ok } from "../assembly/status.ts";
import type { Part } from "./emulator/part.ts";
import type { Image } from "./emulator/slots.ts";
import { type BackupPiece, type FilePiece, type FileRequest, BACKUP_REPOSITORY } from "./link/file.ts";

/** The Primary, as far as backups go. */
export interface Elsewhere {
  piece(request: FileRequest): Promise<FilePiece>;
  backup(piece: BackupPiece): Promise<void>;
}

/** @returns whether the image that runs may be overwritten: its backup was read back */
export async function backedUp(part: Part, primary: Elsewhere): Promise<boolean> {
  const image = part.slots.installed();
  if (image === undefined || image.overwritten === true || await comesBack(part, primary, image)) return true;
  const bytes = part.slots.read();
  const size = part.profile.piece;
  for (let offset = 0; offset === 0 || offset < bytes.length; offset += size) {
    await primary.backup({ offset, last: offset + size >= bytes.length, bytes: bytes.subarray(offset, offset + size) });
  }
  return await comesBack(part, primary, image);
}

/** Puts the image back that was overwritten, where one was and the Primary has it. */
export async function restore(part: Part, primary: Elsewhere): Promise<void> {
  const before = part.slots.installed();
  if (before?.overwritten !== true) return;
  const { slot: _slot, overwritten: _overwritten, ...image } = before;
  if (!await comesBack(part, primary, image)) return; // a first pass, so that a bad backup costs no flash
  const arriving = part.slots.begin(image.length);
  if (await comesBack(part, primary, image, (bytes) => arriving.append(bytes))) arriving.commit(image);
}

async function comesBack(part: Part, primary: Elsewhere, { length, sha256 }: Image, into: (bytes: Uint8Array) => void = () => undefined): Promise<boolean> {
  const hash = createHash("sha256");
  for (let offset = 0; offset < length;) {
    const want = { repository: BACKUP_REPOSITORY, role: ROLE_PAYLOAD, version: 0, name: sha256 };
    const { status, bytes } = await primary.piece({ want, offset, size: Math.min(part.profile.piece, length - offset) });
    if (status !== Ok || bytes.length === 0 || offset + bytes.length > length) return false;
    hash.update(bytes);
    into(bytes);
    offset += bytes.length;
  }
  return hash.digest("hex") === sha256;
}
