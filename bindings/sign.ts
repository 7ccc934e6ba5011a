/** Signs a payload and makes the bytes that are served. */
import { canonical, served } from "./canonical.ts";
import { UsageError } from "./errors.ts";
import { toHex } from "./hex.ts";
import type { Signer } from "./keys.ts";

/**
 * The signed envelope in the order in which signatures stand before what they sign, so that one pass verifies it.
 *
 * @param signed   the payload, e.g. from metadata.ts
 * @param signers  one signature each, in this order; the same key twice is refused, since readers refuse it too
 * @returns        the bytes to serve
 */
export async function sign(signed: object, signers: readonly Signer[]): Promise<Uint8Array> {
  const message = canonical(signed);
  const signatures: object[] = [];
  for (const signer of signers) signatures.push({ keyid: signer.keyid, sig: toHex(await signer.sign(message)) });
  if (new Set(signers.map((signer) => signer.keyid)).size !== signers.length) throw new UsageError("Cannot sign twice with one key");
  return served({ signatures, signed });
}
