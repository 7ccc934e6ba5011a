/** How a file is cut on its way into the core must not matter: pieces of any size for whoever wants to see it. */
import { Ok } from "../../assembly/status.ts";
import type { Core } from "../../bindings/core.ts";
import type { Session } from "../../bindings/run.ts";

/** Bytes of each piece of a file, from its start; the last size is used over and over. None: as it comes. */
export type Sizes = readonly number[] | ((file: Uint8Array) => readonly number[]);

/** What the caller wants to see, else what the case states. */
export function sizesOf(piece: number | Sizes | undefined, stated: readonly number[]): Sizes {
  if (piece === undefined || piece === 0) return stated.filter((size) => size > 0);
  return typeof piece === "number" ? [piece] : piece;
}

/** The same core, fed in pieces. */
export function inPieces(core: Core, cut: Sizes): Session {
  if (cut.length === 0 && typeof cut !== "function") return core;
  return {
    record: () => core.record(),
    report: () => core.report(),
    end: () => core.end(),
    missing: (status) => core.missing(status),
    feed: (bytes) => {
      let report = core.report();
      const sizes = typeof cut === "function" ? cut(bytes) : cut;
      for (let at = 0, piece = 0; at < bytes.length && report.status === Ok; piece++) {
        const size = sizes[Math.min(piece, sizes.length - 1)] ?? bytes.length;
        report = core.feed(bytes.subarray(at, at + size));
        at += size;
      }
      return report;
    },
  };
}
