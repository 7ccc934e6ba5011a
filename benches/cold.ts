/** A process of its own: what the first verification costs when nothing is compiled yet. Prints milliseconds as JSON. */
import { generateKeyPairSync, sign } from "node:crypto";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const key = new Uint8Array(publicKey.export({ format: "der", type: "spki" })).slice(12);
const message = new Uint8Array(300);
const signature = new Uint8Array(sign(null, message, privateKey));

await import("@assemblyscript/loader"); // not ours to measure
const start = performance.now();
const { verify } = await import("../bindings/crypto.ts");
const loaded = performance.now();
if (!verify(signature, message, key)) throw new Error("Cannot time a wrong verdict");
const round = (value: number): number => Math.round(value * 100) / 100;
console.log(JSON.stringify({ compile: round(loaded - start), first: round(performance.now() - loaded) }));
