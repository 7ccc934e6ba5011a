/** How a file is cut on its way into the core must not matter: pieces of any size for whoever wants to see it. */
import { Ok } from "../../assembly/status.ts";
import type { Core } from "../../bindings/core.ts";
import type { Session } from "../../bindings/run.ts";

/** Bytes of each piece: what the caller wants to see, else what the case states. */
export function sizesOf(piece: number | undefined, stated: readonly number[]): readonly number[] {
  return piece === undefined || piece === 0 ? stated.filter((size) => size > 0) : [piece];
}

/**
 * The same core, fed in pieces.
 *
 * @param sizes  bytes of each piece of a file, from its start; the last size is used over and over. Empty: as it comes
 */
export function inPieces(core: Core, sizes: readonly number[]): Session {
  if (sizes.length === 0) return core;
  return {
    record: () => core.record(),
    report: () => core.report(),
    end: () => core.end(),
    missing: (status) => core.missing(status),
    feed: (bytes) => {
      let report = core.report();
      for (let at = 0, piece = 0; at < bytes.length && report.status === Ok; piece++) {
        const size = sizes[Math.min(piece, sizes.length - 1)] ?? bytes.length;
        report = core.feed(bytes.subarray(at, at + size));
        at += size;
      }
      return report;
    },
  };
}
