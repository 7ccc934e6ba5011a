/** Names of files in a repository: one encoder for servers and clients, so that no name means two files (docs/POUF.md). */
import { ROLE_DELEGATED, ROLE_ROOT, ROLE_SNAPSHOT, ROLE_TARGETS, ROLE_TIMESTAMP } from "../assembly/abi.ts";
import type { Want } from "./core.ts";
import { UsageError } from "./errors.ts";

type File = Pick<Want, "role" | "version" | "name">;
type Image = Pick<Want, "name" | "sha256" | "sha512">;

/** One path segment: everything but letters, digits and `- . _ ~` is percent-encoded, so also `/`. RFC 3986 §2.3. */
export function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** "2.root.json", "timestamp.json", "5.snapshot.json", "5.targets.json", "3.ROLE.json" with ROLE percent-encoded. */
export function metadataName(want: File): string {
  return metadataFile(want, encodeName);
}

/** The same before percent-encoding: the name as a set of files in memory has it. */
export function metadataFile(want: File, encode: (name: string) => string = (name) => name): string {
  const prefix = want.version === 0 ? "" : `${want.version}.`;
  switch (want.role) {
    case ROLE_ROOT: return `${prefix}root.json`;
    case ROLE_TIMESTAMP: return "timestamp.json";
    case ROLE_SNAPSHOT: return `${prefix}snapshot.json`;
    case ROLE_TARGETS: return `${prefix}targets.json`;
    case ROLE_DELEGATED: return `${prefix}${encode(want.name)}.json`;
    default: throw new UsageError(`Cannot name a file of role ${want.role}`);
  }
}

/** HASH.NAME, percent-encoded segment by segment; the digest stands before the last segment (TUF 1.0.31 §5.7.3). */
export function imageName(want: Image, digest = want.sha256 ?? want.sha512): string {
  return imageFile(want, digest, encodeName);
}

/**
 * The same before percent-encoding.
 *
 * @throws UsageError  for a name with an empty, "." or ".." segment, which no URL carries unchanged, or without a digest
 */
export function imageFile(want: Image, digest = want.sha256 ?? want.sha512, encode: (name: string) => string = (name) => name): string {
  if (digest === undefined) throw new UsageError(`Cannot ask for image ${want.name} without a digest`);
  const segments = want.name.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw new UsageError(`Cannot put image name ${JSON.stringify(want.name)} into a path`);
  }
  const last = segments.pop() ?? "";
  return [...segments.map(encode), `${digest}.${encode(last)}`].join("/");
}
