/**
 * A directory of small files that survive a kill and a power loss: written beside, synced, renamed, directory synced.
 * A reader sees the old bytes or the new ones, never a mixture. Folders are 0700, files 0600.
 */
import { chmodSync, closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface Store {
  readonly folder: string;
  /** @returns the bytes, or undefined when there is no such file; throws for a file over `limit` bytes */
  read(name: string, limit: number): Uint8Array | undefined;
  write(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
  /** Names, sorted; what an interrupted write left behind is not among them. */
  list(): string[];
  /** A file that becomes visible under its name only by `commit`. */
  stage(name: string): Staged;
}

export interface Staged {
  append(bytes: Uint8Array): void;
  commit(): void;
  discard(): void;
}

const NAME = /^[A-Za-z0-9%_~-][A-Za-z0-9%._~-]{0,199}$/; // one segment; a leading dot is kept for files on their way
const BESIDE = ".beside-";

/** Opens the directory, made when missing; removes what an interrupted write left behind. */
export function openStore(folder: string): Store {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder)) if (name.startsWith(BESIDE)) rmSync(join(folder, name), { force: true });
  let staged = 0;

  function stage(name: string): Staged {
    const beside = join(folder, `${BESIDE}${staged++}-${checked(name)}`);
    const file = openSync(beside, "wx", 0o600);
    return {
      append: (bytes) => writeAll(file, bytes),
      commit: () => {
        fsyncSync(file);
        closeSync(file);
        renameSync(beside, join(folder, name));
        syncFolder(folder);
      },
      discard: () => {
        closeSync(file);
        rmSync(beside, { force: true });
      },
    };
  }

  return {
    folder,
    stage,
    read: (name, limit) => readBounded(join(folder, checked(name)), limit),
    write: (name, bytes) => {
      const file = stage(name);
      try {
        file.append(bytes);
      } catch (error) {
        file.discard();
        throw error;
      }
      file.commit();
    },
    remove: (name) => {
      rmSync(join(folder, checked(name)), { force: true });
      syncFolder(folder);
    },
    list: () => readdirSync(folder).filter((name) => NAME.test(name)).sort(),
  };
}

function checked(name: string): string {
  if (!NAME.test(name)) throw new Error(`Cannot use ${JSON.stringify(name)} as the name of a stored file`);
  return name;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at);
}

function readBounded(path: string, limit: number): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size > limit) throw new Error(`Cannot read ${path}: ${size} bytes, at most ${limit} are expected`);
    return new Uint8Array(readFileSync(file));
  } finally {
    closeSync(file);
  }
}

/** A rename is durable only when the directory is; Windows has no such call. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
