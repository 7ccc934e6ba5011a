/** The time server: attests its clock over the nonces of a request (docs/POUF.md, time). It holds no Root and loads no core. */
import type { Hono } from "hono";
import * as v from "valibot";
import type { Signer } from "../../bindings/keys.ts";
import { time } from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { application, bytesResponse, type Env, jsonBody } from "../http.ts";

const REQUEST_LIMIT = 65_536; // bytes

/** 16 to 64 random bytes, lower-case hex. Fewer bits could be guessed, so that an answer could be asked for in advance. */
const nonce = v.pipe(v.string(), v.regex(/^([0-9a-f]{2}){16,64}$/, "a nonce is 16 to 64 bytes in lower-case hex"));

/** @param noncesMax  nonces in one request */
export function timeServer(signers: readonly Signer[], noncesMax: number): Hono<Env> {
  const request = v.strictObject({ nonces: v.pipe(v.array(nonce), v.minLength(1), v.maxLength(noncesMax)) });
  const app = application();
  app.get("/health", (c) => c.json({ ok: true }));
  app.post("/time", async (c) => {
    const { nonces } = await jsonBody(c, request, REQUEST_LIMIT);
    const attestation = await sign(time({ nonces, seconds: Math.floor(Date.now() / 1000) }), signers);
    return bytesResponse(attestation, "application/json", "no-store");
  });
  return app;
}
