/** Texts as they are signed: what an escape stands for, byte by byte, and each digit of a signature's spelling. docs/POUF.md, OLPC canonical form, RFC 4648 §4. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { EVIDENCE_COMPLETE, EVIDENCE_THRESHOLD, OPTION_AKTUALIZR, OPTION_PRIMARY } from "../assembly/abi.ts";
import { BadHex, BadSignature, Ok } from "../assembly/status.ts";
import { olpc } from "../bindings/canonical.ts";
import { Core } from "../bindings/core.ts";
import { signedBy } from "../bindings/envelope.ts";
import { statusName } from "../bindings/errors.ts";
import { keyBytes, signerFromSeed } from "../bindings/keys.ts";
import { Vehicle, World, is } from "./world.ts";

const test = suite("signed text");
const signer = signerFromSeed(new Uint8Array(32).fill(5));
const keys = new Map([[signer.keyid, keyBytes(signer.public)]]);
const core = Core.load();

function judge(body: string, sig: string, options = 0): string {
  return statusName(signedBy(core, Buffer.from(`{"signatures":[{"keyid":"${signer.keyid}","sig":"${sig}"}],"signed":${body}}`), keys, 1, options).report.status);
}

const hex = async (message: Uint8Array) => Buffer.from(await signer.sign(message)).toString("hex");

/** The first and last code point of each length and range, and what stands beside them. */
const EDGES = [0x00, 0x01, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x2f, 0x5b, 0x5c, 0x5d, 0x7e, 0x7f, 0x80, 0xbf, 0xc0, 0x7bf, 0x7c0, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x103ff, 0x10400, 0x3ffff, 0x40000, 0xfffff, 0x100000, 0x10fc00, 0x10ffff];

function escaped(code: number): string {
  return [...String.fromCodePoint(code)].flatMap((letter) => letter.split("")).map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

test("an escaped code point is signed as its UTF-8, in a text and in a member name", async () => {
  for (const code of EDGES) {
    const text = `x${String.fromCodePoint(code)}y`;
    assert.is(judge(`{"a":"x${escaped(code)}y"}`, await hex(olpc({ a: text }))), "Ok", `text U+${code.toString(16)}`);
    assert.is(judge(`{"x${escaped(code).toUpperCase().replaceAll("\\U", "\\u")}y":1}`, await hex(olpc({ [text]: 1 }))), "Ok", `name U+${code.toString(16)}`);
    assert.is(judge(`{"a":"x${escaped(code)}y"}`, await hex(olpc({ a: `${text}?` }))), "BadSignature", "and not as another text");
  }
  for (const [spelled, meant] of [["\\b", "\b"], ["\\f", "\f"], ["\\n", "\n"], ["\\r", "\r"], ["\\t", "\t"], ["\\/", "/"], ["\\\\", "\\"], ["\\\"", "\""]] as const) {
    assert.is(judge(`{"a":"${spelled}"}`, await hex(olpc({ a: meant }))), "Ok", spelled);
  }
});

test("an escaped name stands where its decoded bytes put it", async () => {
  const sorted = EDGES.filter((code) => code !== 0x22 && code !== 0x5c).map((code) => [`\\u0061${escaped(code)}`, `a${String.fromCodePoint(code)}`] as const);
  const value = Object.fromEntries(sorted.map(([, name], i) => [name, i]));
  assert.is(judge(`{${sorted.map(([spelled], i) => `"${spelled}":${i}`).join(",")}}`, await hex(olpc(value))), "Ok");
});

test("white space between tokens is not signed, inside a text it is", async () => {
  const sig = await hex(olpc({ a: [1, " \u007f "], b: {} }));
  assert.is(judge(" { \"a\" :\t[ 1 ,\r\n\" \u007f \" ] , \"b\" : { } } ", sig), "Ok");
  assert.is(judge('{"a":[1,"  \u007f "],"b":{}}', sig), "BadSignature");
});

test("numbers and literals are signed as they stand", async () => {
  const value = { a: -1, b: 0, c: 9_007_199_254_740_991, d: -9_007_199_254_740_991, e: null, f: false, g: true };
  assert.is(judge(JSON.stringify(value), await hex(olpc(value))), "Ok");
});

/** A signature of which each digit occurs, by chance of many messages. */
async function spelled(encoding: "hex" | "base64", all: string): Promise<[body: string, sig: string]> {
  for (let n = 0; ; n++) {
    const body = `{"n":${n}}`;
    const sig = Buffer.from(await signer.sign(Buffer.from(body))).toString(encoding);
    if ([...all].every((digit) => sig.includes(digit))) return [body, sig];
  }
}

test("hex: the sixteen digits, in lower case, 128 of them", async () => {
  const [body, sig] = await spelled("hex", "0123456789abcdef");
  assert.is(judge(body, sig), "Ok");
  // Beside each range stands a letter that sloppy arithmetic takes for a digit.
  for (const [digit, like] of [["a", ":"], ["0", "/"], ["a", "A"], ["f", "F"], ["0", "g"], ["f", "`"], ["9", "`"], ["0", "@"], ["0", " "]] as const) assert.is(judge(body, sig.replaceAll(digit, like)), "BadSignature", `${like} for ${digit}`);
  for (const other of [`${sig}0`, `${sig}00`, `0${sig}`, sig.slice(0, -1), sig.slice(0, -2), "", sig.toUpperCase()]) assert.is(judge(body, other), "BadSignature", other);
});

test("aktualizr's dialect folds capital letters of hex and words, and nothing else", async () => {
  const world = await World.make();
  // An escape is signed as it stands there, and means a control character here: it is no digit and no letter.
  const cycle = async (change: (text: string) => string) => {
    const file = new TextDecoder().decode(world.image.files.get("1.root.json"));
    const body = change(file.slice(file.indexOf('"signed":') + 9, -1));
    const signatures = await Promise.all(world.image.root.signers.map(async (one) => ({ keyid: one.keyid, sig: Buffer.from(await one.sign(Buffer.from(body))).toString("hex") })));
    const vehicle = new Vehicle(world);
    vehicle.meddle = (want, source) => (want.repository === 1 && want.role === 0 && want.version < 2 ? Buffer.from(`{"signatures":${JSON.stringify(signatures)},"signed":${body}}`) : source);
    return await vehicle.cycle(OPTION_PRIMARY | OPTION_AKTUALIZR);
  };
  is(await cycle((text) => text), Ok);
  is(await cycle((text) => text.replaceAll(/"public":"([0-9a-f]+)"/g, (all) => all.toUpperCase().replace("PUBLIC", "public"))), Ok, "capital hex");
  is(await cycle((text) => text.replaceAll('"keytype":"ed25519"', '"keytype":"ED25519"')), Ok, "a capital word");
  for (const [digit, low] of [["0", "\\u0010"], ["5", "\\u0015"], ["9", "\\u0019"]] as const) {
    is(await cycle((text) => text.replaceAll(/"public":"([0-9a-f]+)"/g, (all) => all.replaceAll(digit, low))), BadHex, low);
  }
  assert.is.not((await cycle((text) => text.replaceAll('"keytype":"ed25519"', '"keytype":"ed\\u00125519"'))).status, Ok, "not the word");
});

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

test("base64: the sixty-four digits and the padding, in aktualizr's dialect alone", async () => {
  let seen = "";
  for (let n = 0; n < 8; n++) {
    const body = `{"n":${n}}`;
    const sig = Buffer.from(await signer.sign(Buffer.from(body))).toString("base64");
    seen += sig;
    assert.is(judge(body, sig, OPTION_AKTUALIZR), "Ok");
    assert.is(judge(body, sig), "BadSignature", "not in our own");
    // Beside each range stands a letter that sloppy arithmetic takes for a digit.
    for (const [digit, like] of [["a", "["], ["0", "{"], ["+", ":"], ["/", "0"], ["A", "@"], ["a", "`"], ["Z", "`"], ["0", "."], ["/", "_"], ["+", "-"], ["/", ","], ["A", "="]] as const) {
      if (sig.slice(0, 86).includes(digit)) assert.is(judge(body, sig.slice(0, 86).replaceAll(digit, like) + "==", OPTION_AKTUALIZR), "BadSignature", `${like} for ${digit}`);
    }
    for (let at = 0; at < 86; at++) for (const no of "!=\u007f") assert.is(judge(body, `${sig.slice(0, at)}${no}${sig.slice(at + 1)}`, OPTION_AKTUALIZR), "BadSignature", `${no} at ${at}`);
    const last = DIGITS.indexOf(sig[85] as string);
    for (let other = 0; other < 64; other++) if (other !== last) assert.is(judge(body, `${sig.slice(0, 85)}${DIGITS[other]}==`, OPTION_AKTUALIZR), "BadSignature", "bits behind the last byte are zeros");
    for (const other of [`${sig}A`, `${sig}=`, `A${sig}`, sig.slice(0, 87), sig.slice(0, 86), `${sig.slice(0, 86)}A=`, `${sig.slice(0, 86)}=A`, `${sig.slice(0, 86)}  `, sig.slice(1), `${sig} `]) {
      assert.is(judge(body, other.replaceAll("\n", ""), OPTION_AKTUALIZR), "BadSignature", other);
    }
  }
  assert.ok([...DIGITS].every((digit) => seen.includes(digit)), "each digit occurs");
});

test("a signature of another form counts for nothing beside a good one", async () => {
  const body = "{}";
  const sig = await hex(Buffer.from(body));
  const other = signerFromSeed(new Uint8Array(32).fill(6));
  const both = new Map([...keys, [other.keyid, keyBytes(other.public)]]);
  for (const form of ['"none"', `"${"0".repeat(257)}"`, `"${sig}"`, '""']) {
    const file = Buffer.from(`{"signatures":[{"keyid":"${other.keyid}","sig":${form}},{"keyid":"${signer.keyid}","sig":"${sig}"}],"signed":${body}}`);
    const { report, keyids } = signedBy(core, file, both, 1);
    assert.is(report.status, Ok, form);
    assert.is(report.evidence, EVIDENCE_COMPLETE | EVIDENCE_THRESHOLD, form);
    assert.equal(keyids, [signer.keyid], form);
    assert.is(signedBy(core, file, both, 2).report.found, 1n);
  }
  const alone = Buffer.from(`{"signatures":[{"keyid":"${other.keyid}","sig":"none"}],"signed":${body}}`);
  assert.is(signedBy(core, alone, both, 1).report.status, BadSignature);
});

test.run();
