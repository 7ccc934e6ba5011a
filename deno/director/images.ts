/** Images to be encrypted, as the operator hands them in, and their encrypted forms, as vehicles fetch them. Files by SHA-256, written beside and renamed. */
import { createHash } from "node:crypto";
import { join } from "node:path";

export const IMAGE_MAX = 64 * 1024 * 1024; // bytes: one at a time is in memory while it is encrypted

export interface Images {
  /** Keeps the plain image. @returns its SHA-256, hex */
  take(bytes: Uint8Array): string;
  plain(sha256: string): Uint8Array | undefined;
  /** Keeps an encrypted form. @returns its SHA-256, hex */
  keep(bytes: Uint8Array): string;
  encrypted(sha256: string): Uint8Array | undefined;
}

export function openImages(folder: string): Images {
  const [plain, encrypted] = [join(folder, "plain"), join(folder, "encrypted")];
  for (const made of [plain, encrypted]) Deno.mkdirSync(made, { recursive: true, mode: 0o700 });
  return {
    take: (bytes) => write(plain, bytes),
    plain: (sha256) => read(plain, sha256),
    keep: (bytes) => write(encrypted, bytes),
    encrypted: (sha256) => read(encrypted, sha256),
  };
}

function write(folder: string, bytes: Uint8Array): string {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const beside = join(folder, `.${sha256}.${crypto.randomUUID()}`);
  const file = Deno.openSync(beside, { createNew: true, write: true, mode: 0o600 });
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
  file.close();
  Deno.renameSync(beside, join(folder, sha256));
  return sha256;
}

function read(folder: string, sha256: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  try {
    return Deno.readFileSync(join(folder, sha256));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
