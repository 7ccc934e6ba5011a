/**
 * The Image repository's files. A file is written beside, synced, and given its name in one step; a versioned name is given once.
 * Names that clients choose never become paths: images and uploads are stored under the SHA-256 of their name.
 *
 *   metadata/N.ROLE.json, N.timestamp.json   every file ever published, and timestamp.json, the newest
 *   images/SHA256(path)                      image as it is fetched: `HASH.NAME` for each listed hash, and `NAME`
 *   quarantine/SHA256(name)                  image that was uploaded and that no published Targets lists; never served
 *   client.json                              what a client that took every set would hold (rehearse.ts)
 */
import { createHash } from "node:crypto";
import { join } from "node:path";

const TEMPORARY = ".part-";

export class Disk {
  readonly #folder: string;

  /** Makes the folders, and removes what an interrupted upload left. */
  constructor(folder: string) {
    this.#folder = folder;
    for (const name of ["metadata", "images", "quarantine"]) {
      Deno.mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
      for (const entry of Deno.readDirSync(join(folder, name))) {
        if (entry.name.startsWith(TEMPORARY)) Deno.removeSync(join(folder, name, entry.name));
      }
    }
  }

  metadata(name: string): string {
    return join(this.#folder, "metadata", name);
  }

  /** @param path  as in a URL, decoded: `HASH.NAME` with the directories of NAME before it, or NAME */
  image(path: string): string {
    return join(this.#folder, "images", keyOf(path));
  }

  quarantined(name: string): string {
    return join(this.#folder, "quarantine", keyOf(name));
  }

  get client(): string {
    return join(this.#folder, "client.json");
  }

  /** Numbers N for which metadata/N.SUFFIX exists, rising. */
  versions(suffix: string): number[] {
    const found: number[] = [];
    for (const { name } of Deno.readDirSync(join(this.#folder, "metadata"))) {
      const version = name.endsWith(`.${suffix}`) ? name.slice(0, -suffix.length - 1) : "";
      if (/^[1-9][0-9]{0,15}$/.test(version)) found.push(Number(version));
    }
    return found.sort((a, b) => a - b);
  }

  /** Images waiting, and their bytes together; one name left out. */
  quarantine(except: string): { files: number; bytes: number } {
    const sum = { files: 0, bytes: 0 };
    for (const { name } of Deno.readDirSync(join(this.#folder, "quarantine"))) {
      if (name === keyOf(except) || name.startsWith(TEMPORARY)) continue;
      sum.files++;
      sum.bytes += Deno.statSync(join(this.#folder, "quarantine", name)).size;
    }
    return sum;
  }
}

function keyOf(name: string): string {
  return createHash("sha256").update(name, "utf8").digest("hex");
}

export function exists(path: string): boolean {
  return size(path) !== undefined;
}

/** Bytes of a file, undefined where there is none. */
export function size(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

export function read(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** A file as it streams, 64 KiB at a time; closed when the reader stops. */
export async function* stream(path: string): AsyncGenerator<Uint8Array> {
  const file = await Deno.open(path);
  try {
    const buffer = new Uint8Array(65536);
    for (let n = await file.read(buffer); n !== null; n = await file.read(buffer)) yield buffer.slice(0, n);
  } finally {
    file.close();
  }
}

/** A file being written beside its place. `commit` gives it the name, `discard` removes it. */
export class Part {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  constructor(beside: string) {
    this.#path = join(beside, "..", `${TEMPORARY}${crypto.randomUUID()}`);
    this.#file = Deno.openSync(this.#path, { createNew: true, write: true, mode: 0o600 });
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += await this.#file.write(bytes.subarray(at)));
  }

  async sync(): Promise<void> {
    await this.#file.sync();
  }

  commit(path: string): void {
    this.#file.close();
    Deno.renameSync(this.#path, path);
    syncFolder(path);
  }

  discard(): void {
    this.#file.close();
    Deno.removeSync(this.#path);
  }
}

/** Puts bytes in the place of whatever is there. */
export function replace(path: string, bytes: Uint8Array): void {
  const part = beside(path, bytes);
  Deno.renameSync(part, path);
  syncFolder(path);
}

/**
 * Gives bytes a name for ever.
 *
 * @returns false when the name is taken by other bytes; nothing changes then (formal finding W2)
 */
export function once(path: string, bytes: Uint8Array): boolean {
  const part = beside(path, bytes);
  try {
    Deno.linkSync(part, path);
    syncFolder(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return same(Deno.readFileSync(path), bytes);
  } finally {
    Deno.removeSync(part);
  }
}

/** A second name for a file, in the place of whatever has it. */
export function alias(from: string, to: string): void {
  const part = join(to, "..", `${TEMPORARY}${crypto.randomUUID()}`);
  Deno.linkSync(from, part);
  Deno.renameSync(part, to);
  if (exists(part)) Deno.removeSync(part); // renaming one name of a file to another name of the same file does nothing
  syncFolder(to);
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function beside(path: string, bytes: Uint8Array): string {
  const part = join(path, "..", `${TEMPORARY}${crypto.randomUUID()}`);
  const file = Deno.openSync(part, { createNew: true, write: true, mode: 0o600 });
  try {
    for (let at = 0; at < bytes.length; at += file.writeSync(bytes.subarray(at)));
    file.syncSync();
  } finally {
    file.close();
  }
  return part;
}

/** A name is on disk once its folder is. */
function syncFolder(path: string): void {
  const folder = Deno.openSync(join(path, ".."));
  try {
    folder.syncSync();
  } finally {
    folder.close();
  }
}
