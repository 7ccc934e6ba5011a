/** Where a file of a repository lies among those a step serves: by the version and the digest, or by the plain name. */
import { ROLE_DELEGATED, ROLE_ROOT } from "../../assembly/abi.ts";
import type { Want } from "../../bindings/core.ts";
import { UsageError } from "../../bindings/errors.ts";
import { imageFile, metadataFile } from "../../bindings/urls.ts";

type Files = ReadonlyMap<string, Uint8Array>;

/** A metadata file. What the repository offers decides the spelling: where there is one versioned Snapshot or Targets, plain names are not asked for. */
export function metadataIn(files: Files, want: Want): Uint8Array | undefined {
  const versioned = want.role === ROLE_ROOT || [...files.keys()].some((path) => /^\d+\.(snapshot|targets)\.json$/.test(path));
  if (versioned) return files.get(metadataFile(want));
  const plain = metadataFile({ ...want, version: 0 });
  return (want.role === ROLE_DELEGATED ? files.get(`delegations/${plain}`) : undefined) ?? files.get(plain);
}

/** An image, by digest and name, or by name. */
export function imageIn(files: Files, want: Want): Uint8Array | undefined {
  const places = [want.sha256, want.sha512].flatMap((digest) => imagePath(want, digest) ?? []);
  return [...places, `targets/${want.name}`, want.name].map((path) => files.get(path)).find((bytes) => bytes !== undefined);
}

/** An image as it is encrypted for an ECU: docs/POUF.md 1.1. */
export function cipherIn(files: Files, want: Want): Uint8Array | undefined {
  return files.get(`encrypted/${want.sha256}`);
}

function imagePath(want: Want, digest: string | undefined): string | undefined {
  if (digest === undefined) return undefined;
  try {
    return `targets/${imageFile(want, digest)}`;
  } catch (error) {
    if (error instanceof UsageError) return undefined; // a name that no path carries is served as it stands, if at all
    throw error;
  }
}
