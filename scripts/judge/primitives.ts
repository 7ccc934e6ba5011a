/** Kinds `ed25519`, `sha2` and `json-parse`: one call of the core, or one bare session; `canonical-json`: the encoder. */
import { SESSION_JSON, SESSION_SHA256, SESSION_SHA512, SESSION_SIGNATURE } from "../../assembly/abi.ts";
import { WINDOW_SIZE } from "../../assembly/layout.ts";
import { Ok } from "../../assembly/status.ts";
import { olpc } from "../../bindings/canonical.ts";
import { Core, type Report } from "../../bindings/core.ts";
import { UsageError } from "../../bindings/errors.ts";
import { toHex } from "../../bindings/hex.ts";
import { signerFromSeed } from "../../bindings/keys.ts";
import { type Case, type Content, type Expectation, bytesOf } from "./pack.ts";
import type { Skip, Verdict } from "./verdict.ts";

/** An Ed25519 signature: at once, and with the message streamed; both ways have to say the same. */
export async function ed25519(core: Core, one: Case & { public_hex: string; message_hex: string; signature_hex: string; secret_hex?: string }): Promise<Verdict> {
  const [key, message, signature] = [hex(one.public_hex), hex(one.message_hex), hex(one.signature_hex)];
  const fits = message.length <= WINDOW_SIZE - 96;
  const atOnce = fits ? core.verify(signature, key, message) : undefined;
  let streamed: boolean | undefined;
  if (signature.length === 64 && key.length === 32) {
    core.signature(signature, key);
    core.open(SESSION_SIGNATURE);
    streamed = finish(core, message).status === Ok;
  }
  if (atOnce !== undefined && streamed !== undefined && atOnce !== streamed) return { got: `at once ${atOnce}, streamed ${streamed}` };
  if (one.secret_hex !== undefined) {
    const signed = toHex(await signerFromSeed(hex(one.secret_hex)).sign(message));
    if (signed !== one.signature_hex) return { got: `signing gives ${signed}` };
  }
  return { got: atOnce ?? streamed === true ? "accept" : "reject" };
}

/** A digest, or NIST's Monte Carlo chain of a thousand. */
export function sha2(core: Core, one: Case & { hash: string; message_base64?: string; monte_seed_hex?: string; expect: { digest_hex: string } }): Verdict {
  const digest = (message: Uint8Array): Uint8Array => {
    core.open(one.hash === "sha512" ? SESSION_SHA512 : SESSION_SHA256);
    finish(core, message);
    return hex(one.hash === "sha512" ? core.digest().sha512 : core.digest().sha256);
  };
  let got: Uint8Array;
  if (one.monte_seed_hex === undefined) got = digest(Buffer.from(one.message_base64 ?? "", "base64"));
  else {
    const seed = hex(one.monte_seed_hex);
    const last: [Uint8Array, Uint8Array, Uint8Array] = [seed, seed, seed];
    for (let round = 0; round < 1000; round++) {
      last.push(digest(Buffer.concat(last)));
      last.shift();
    }
    got = last[2];
  }
  return { got: toHex(got) === one.expect.digest_hex ? "accept" : `digest ${toHex(got)}` };
}

/** The grammar alone. */
export function json(core: Core, one: Case & { data: Content }): Verdict {
  core.open(SESSION_JSON);
  const report = finish(core, bytesOf(one.data));
  return report.status === Ok ? { got: "accept" } : { got: "reject", report };
}

export interface CanonicalCase extends Case {
  form: string;
  input: Content;
  expect: Expectation & { output?: Content };
  observed?: Record<string, { output?: Content }>; // where implementations differ
}

/** Parse, encode, compare. An output has to be the one expected, or one of those observed where the form leaves it open. */
export function canonicalJson({ form, input, expect, observed }: CanonicalCase): Verdict | Skip {
  if (form !== "olpc") return { skip: `form ${form}` };
  let output: Uint8Array;
  try {
    output = olpc(JSON.parse(strict.decode(bytesOf(input))));
  } catch (error) {
    if (error instanceof UsageError || error instanceof SyntaxError || error instanceof TypeError) return { got: "reject", detail: error.message };
    throw error;
  }
  const right = [expect.output, ...Object.values(observed ?? {}).map((x) => x.output)].flatMap((content) => (content === undefined ? [] : [bytesOf(content)]));
  if (right.length === 0 || right.some((bytes) => Buffer.compare(bytes, output) === 0)) return { got: "accept" };
  return { got: `output ${JSON.stringify(Buffer.from(output).toString("utf8").slice(0, 200))}` };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function finish(core: Core, bytes: Uint8Array): Report {
  const report = core.feed(bytes);
  return report.status === Ok ? core.end() : report;
}

function hex(text: string): Uint8Array {
  return Buffer.from(text, "hex");
}
