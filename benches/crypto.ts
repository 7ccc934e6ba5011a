/** What is timed: verification and hashing, ours and the peers'. The first of each group is what the others are compared with. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify as nativeVerify, webcrypto } from "node:crypto";
import { ed25519 as curves } from "@noble/curves/ed25519.js";
import * as noble from "@noble/ed25519";
import { sha256 as noble256, sha512 as noble512 } from "@noble/hashes/sha2.js";
import { createSHA256, createSHA512 } from "hash-wasm";
import sodium from "libsodium-wrappers";
import { sha256, sha512, verify } from "../bindings/crypto.ts";
import { type Candidate, type Timed, time } from "./slices.ts";

export type Figures = { name: string; timed: Timed[] }[];

const KEYS = 16;

/** Each in `rounds` slices. */
export async function measure(rounds: number): Promise<Figures> {
  await sodium.ready;
  noble.hashes.sha512 = noble512;
  const figures: Figures = [{ name: "Ed25519 verification, 300-byte message", timed: await time(await verifications(300), rounds) }];
  for (const bits of [256, 512] as const) {
    for (const [size, name] of [[64, "64 bytes"], [4096, "4 KiB"], [1 << 20, "1 MiB"]] as const) {
      figures.push({ name: `SHA-${bits}, ${name}`, timed: await time(await hashes(bits, size), rounds) });
    }
  }
  return figures;
}

async function verifications(size: number): Promise<Candidate[]> {
  const der = Buffer.from("302a300506032b6570032100", "hex");
  const cases = await Promise.all(Array.from({ length: KEYS }, async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const message = new Uint8Array(randomBytes(size));
    const key = new Uint8Array(publicKey.export({ format: "der", type: "spki" })).slice(12);
    return {
      publicKey,
      key,
      message,
      signature: new Uint8Array(sign(null, message, privateKey)),
      imported: await webcrypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]),
    };
  }));
  const of = (turn: number) => cases[turn % KEYS] as (typeof cases)[0];
  return [
    { name: "node:crypto, key prepared", run: (turn) => { const c = of(turn); return nativeVerify(null, c.message, c.publicKey, c.signature); } },
    { name: "uptane-wasm", run: (turn) => { const c = of(turn); return verify(c.signature, c.message, c.key); } },
    {
      name: "node:crypto, key imported each time",
      run: (turn) => {
        const c = of(turn);
        const key = createPublicKey({ key: Buffer.concat([der, c.key]), format: "der", type: "spki" });
        return nativeVerify(null, c.message, key, c.signature);
      },
    },
    { name: "WebCrypto, key prepared", awaited: true, run: (turn) => { const c = of(turn); return webcrypto.subtle.verify("Ed25519", c.imported, c.signature, c.message); } },
    { name: "libsodium-wrappers", run: (turn) => { const c = of(turn); return sodium.crypto_sign_verify_detached(c.signature, c.message, c.key); } },
    { name: "@noble/curves", run: (turn) => { const c = of(turn); return curves.verify(c.signature, c.message, c.key); } },
    { name: "@noble/ed25519", run: (turn) => { const c = of(turn); return noble.verify(c.signature, c.message, c.key); } },
  ];
}

async function hashes(bits: 256 | 512, size: number): Promise<Candidate[]> {
  const data = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) data.set(randomBytes(Math.min(65536, size - at)), at);
  const [ours, peer, other] = bits === 256 ? [sha256, noble256, await createSHA256()] : [sha512, noble512, await createSHA512()];
  return [
    { name: "node:crypto createHash", run: () => createHash(`sha${bits}`).update(data).digest() },
    { name: "uptane-wasm", run: () => ours(data) },
    { name: "hash-wasm", run: () => other.init().update(data).digest("binary") },
    { name: "@noble/hashes", run: () => peer(data) },
    { name: "WebCrypto", awaited: true, run: () => webcrypto.subtle.digest(`SHA-${bits}`, data) },
  ];
}
