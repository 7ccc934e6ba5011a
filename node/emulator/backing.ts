/** Keeps an emulated flash in a file, so that it outlives the process as flash does. */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Backing } from "./flash.ts";

export function fileBacking(path: string): Backing & { close(): void } {
  const kept = existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined;
  const file = openSync(path, kept === undefined ? "w+" : "r+", 0o600);
  return {
    load: () => (kept === undefined || kept.length === 0 ? undefined : kept),
    save: (offset, bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, offset + at);
    },
    close: () => closeSync(file),
  };
}
