/** Images that Secondaries with one slot run, kept while they overwrite them (Uptane 2.1.0 §5.4.3.3). Nobody is handed another one's. */
import { createHash } from "node:crypto";
import { Missing, Ok } from "../../assembly/status.ts";
import { type BackupPiece, type FilePiece, type FileRequest, BACKUP_REPOSITORY } from "../link/file.ts";
import { LinkError } from "../link/frame.ts";
import type { Staged } from "../store.ts";
import type { Images } from "./state.ts";

export const BACKUP_MAX = 64 * 1024 * 1024; // bytes of one image

export interface Backups {
  /** Pieces come in order, the first at 0; the image counts once its last piece is on disk. @throws LinkError */
  take(serial: string, piece: BackupPiece): void;
  piece(serial: string, request: FileRequest): FilePiece;
}

export function isBackup({ want }: FileRequest): boolean {
  return want.repository === BACKUP_REPOSITORY;
}

/** @param files  by the digest of the serial */
export function createBackups(files: Images): Backups {
  const staged = new Map<string, { file: Staged; size: number }>();
  return {
    take: (serial, { offset, last, bytes }) => {
      let arriving = staged.get(serial);
      if (offset === 0) {
        arriving?.file.discard();
        arriving = { file: files.stage(place(serial)), size: 0 };
        staged.set(serial, arriving);
      }
      if (arriving === undefined || offset !== arriving.size || offset + bytes.length > BACKUP_MAX) throw new LinkError("payload", `Cannot keep a backup's piece at ${offset}`);
      arriving.file.append(bytes);
      arriving.size += bytes.length;
      if (!last) return;
      staged.delete(serial);
      arriving.file.commit();
    },
    piece: (serial, { offset, size }) => {
      const bytes = files.piece(place(serial), offset, size);
      return bytes === undefined ? { status: Missing, last: true, bytes: new Uint8Array(0) } : { status: Ok, last: bytes.length < size, bytes };
    },
  };
}

function place(serial: string): string {
  return createHash("sha256").update(serial).digest("hex");
}
