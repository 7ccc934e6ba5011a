/** The grammar the core reads, spelling by spelling: RFC 8259, stricter where docs/adr/0001 says so. Each text whole, byte by byte and in threes. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { SESSION_JSON } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { NOW, Vehicle, World } from "./world.ts";

const test = suite("json");
const core = () => Core.load();

function judge(core: Core, bytes: Uint8Array, piece: number): string {
  core.open(SESSION_JSON);
  for (let at = 0; at < bytes.length; at += piece) core.feed(bytes.subarray(at, at + piece));
  return statusName(core.end().status);
}

/** `text` in Latin-1 where it is not a string of UTF-8: one letter, one byte. */
function reads(texts: (string | number[])[], status: number): void {
  const one = core();
  for (const text of texts) {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : Uint8Array.from(text);
    for (const piece of [Math.max(1, bytes.length), 1, 3]) assert.is(judge(one, bytes, piece), statusName(status), `${JSON.stringify(text)} in pieces of ${piece}`);
  }
}

const quoted = (...bytes: number[]) => [0x22, ...bytes, 0x22];

test("values, with and without white space", () => {
  reads(["{}", "[]", " { } ", "[ ]", "[[],{}]", '{"a":{"b":[1,2]}}', '\t\r\n[ 1 , 2 ]\t\r\n', '{ "a" : 1 , "b" : 2 }', '"x"', "0", "7", "-1", "10", "true", "false", "null", '[true,false,null,-5,"",0]'], Status.Ok);
});

test("early ends", () => {
  reads(["", " ", "{", "[", "[1", "[1,", '{"a"', '{"a":', '{"a":1', '{"a":1,', '"', '"a', '"\\', '"\\u', '"\\u12', "-", "tru", "fals", "nul", "[tru", '["\\ud834"'.slice(0, 8), '[{"a":[1,{"b":'], Status.Truncated);
});

test("what is no JSON", () => {
  reads([
    "]", "}", ",", ":", "[,]", "[1,]", "[1 2]", "[1}", "{]", "{1:2}", '{"a"}', '{"a",}', '{"a":}', '{"a" 1}', '{"a":1,}', '{"a":1 "b":2}', '{"a":1]', "{,}",
    "truE", "tRue", "[falsy]", "nulL", "nil", "True", "[trues]", "[+1]", "[.5]", "[01]", "[-01]", "[00]", "[-a]", "[--1]", "[0x10]", "[Infinity]", "[NaN]", "'a'", "{a:1}",
    "1 2", "{} {}", "{}x", "[]]", "/**/1", "[1/**/]", '"a\tb"', '"a\nb"', '"\u0000"', '"\u001f"', '"\\x"', '"\\u12g4"', '"\\u 123"', '"\\U0041"', '"\\u00/0"', '"\\u00:0"', '"\\u00@0"', '"\\u00`0"', "\ufeff{}", "\u00a0[]", "\v[]", "\f[]",
  ], Status.Syntax);
});

test("numbers: integers in one spelling, to 2^53 - 1", () => {
  reads(["9007199254740991", "-9007199254740991", "[9007199254740991]", "[0]", "[-10]"], Status.Ok);
  reads(["9007199254740992", "[9007199254740992]", "[-9007199254740992]", "[99999999999999999999999999]", "[-0]", "[-0,1]"], Status.NumberRange);
  reads(["[1.0]", "[1.]", "[1e3]", "[1E3]", "[0.5]", "[0e0]", "[-1.5]", "1.5"], Status.Fraction);
});

test("members rise strictly by decoded bytes", () => {
  reads(['{"a":1,"b":2}', '{"":1,"a":2}', '{"a":1,"aa":2}', '{"A":1,"a":2}', '{"a":1,"\\u0062":2}', '{"z":{"a":1},"zz":{"a":1}}', '{"a":1,"\u00e9":2}', '{"\uffee":1,"\ud83d\ude00":2}', '{"a":[{"b":1},{"a":1}]}', '{"b":{"z":1},"c":{"a":1}}'], Status.Ok);
  reads(['{"b":1,"a":2}', '{"aa":1,"a":2}', '{"a":1,"A":2}', '{"a":1,"":2}', '{"b":1,"\\u0061":2}', '{"\ud83d\ude00":1,"\uffee":2}', '{"ab":1,"aa":2}', '{"a":{"c":1,"b":1}}', '{"a":1,"c":1,"b":1}', '{"b":{"c":1},"a":1}'], Status.Unsorted);
  reads(['{"a":1,"a":2}', '{"":1,"":2}', '{"a":1,"\\u0061":2}', '{"/":1,"\\/":2}', '{"a":{"b":1,"b":1}}', '{"ab":1,"ab":1}', '{"a":{"a":1},"a":1}'], Status.Duplicate);
});

test("escapes", () => {
  reads(['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\u0000\\u001f\\u00e9\\uABCD\\uabcd\\uFFFF"', '"\\ud834\\udd1e"', '"\\uD800\\uDC00"', '"\\udbff\\udfff"', '"\\ud7ff\\ue000"'], Status.Ok);
  reads(['"\\ud834"', '"\\ud834x"', '"\\ud834\\n"', '"\\ud834\\u0041"', '"\\ud834\\ud834"', '"\\ud834\\ue000"', '"\\udc00"', '"\\udfff"', '"\\ud800\\udbff"'], Status.Utf8);
});

test("UTF-8: the edges of each length", () => {
  reads([
    quoted(0x7f), quoted(0xc2, 0x80), quoted(0xdf, 0xbf), quoted(0xe0, 0xa0, 0x80), quoted(0xe1, 0x80, 0x80), quoted(0xec, 0xbf, 0xbf), quoted(0xed, 0x80, 0x80), quoted(0xed, 0x9f, 0xbf),
    quoted(0xee, 0x80, 0x80), quoted(0xef, 0xbf, 0xbf), quoted(0xf0, 0x90, 0x80, 0x80), quoted(0xf1, 0x80, 0x80, 0x80), quoted(0xf3, 0xbf, 0xbf, 0xbf), quoted(0xf4, 0x8f, 0xbf, 0xbf), quoted(0xe0, 0xa0, 0x80, 0xe1, 0x80, 0x80),
    quoted(0xed, 0x9f, 0xbf, 0xee, 0xbf, 0xbf), quoted(0xf4, 0x8f, 0xbf, 0xbf, 0xf1, 0xbf, 0xbf, 0xbf),
  ], Status.Ok);
  reads([
    quoted(0x80), quoted(0xbf), quoted(0xc0, 0x80), quoted(0xc1, 0xbf), quoted(0xc2), quoted(0xc2, 0x7f), quoted(0xc2, 0xc0), quoted(0xe0, 0x9f, 0xbf), quoted(0xe1, 0x80), quoted(0xe1, 0x7f, 0x80), quoted(0xe1, 0x80, 0xc0),
    quoted(0xed, 0xa0, 0x80), quoted(0xed, 0xbf, 0xbf), quoted(0xf0, 0x8f, 0xbf, 0xbf), quoted(0xf1, 0x80, 0x80), quoted(0xf4, 0x90, 0x80, 0x80), quoted(0xf5, 0x80, 0x80, 0x80), quoted(0xff), quoted(0xfe),
    quoted(0xf1, 0x80, 0x80, 0xc0), quoted(0xf1, 0x80, 0x22),
  ], Status.Utf8);
  reads([[0xc3, 0xa9], [0x5b, 0x80, 0x5d]], Status.Syntax);
});

test("a name of 255 bytes, also when escapes spell it; one more is too long", () => {
  reads([`{"${"n".repeat(255)}":1}`, `{"${"\\u00e9".repeat(127)}x":1}`], Status.Ok);
  reads([`{"${"n".repeat(256)}":1}`, `{"${"\\u00e9".repeat(128)}":1}`], Status.NameLength);
});

/** A first cycle in which the Image repository's Timestamp expires as this text says. */
async function expiring(text: string, now = NOW): Promise<string> {
  const world = await World.make();
  const payload = metadata.timestamp({ version: 1, expires: text, snapshot: { version: 1, bytes: world.image.files.get("1.snapshot.json") as Uint8Array } });
  world.image.files.set("timestamp.json", await sign(payload, world.image.timestamp.signers));
  const report = await new Vehicle(world).cycle(4, now);
  return report.status === Status.Freeze ? `Freeze ${report.found}` : statusName(report.status);
}

test("dates: one spelling, real days", async () => {
  for (const good of ["2028-02-29T00:00:00Z", "2400-02-29T23:59:59Z", "2027-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "2027-04-30T00:00:00Z", "2027-11-30T12:00:00Z", "2100-02-28T00:00:00Z"]) assert.is(await expiring(good), "Ok", good);
  for (const bad of [
    "2027-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2027-04-31T00:00:00Z", "2027-06-31T00:00:00Z", "2027-09-31T00:00:00Z", "2027-11-31T00:00:00Z", "2027-01-32T00:00:00Z", "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z", "2027-01-00T00:00:00Z",
    "2027-06-01T24:00:00Z", "2027-06-01T00:60:00Z", "2027-06-01T00:00:60Z", "1969-12-31T23:59:59Z", "2027-06-01t00:00:00Z", "2027-06-01T00:00:00z", "2027-06-01 00:00:00Z", "2027/06/01T00:00:00Z",
    "2027-06-01T00:00:00+", "2027-06-01T00:00:00.0Z", "2027-06-01T00:00Z", "20270601T000000Z", "2027-6-001T00:00:00Z", "2027-06-01T00.00:00Z", "2027-06-01T00:00.00Z", "2027-06.01T00:00:00Z", "202a-06-01T00:00:00Z", "2027-0:-01T00:00:00Z", "",
  ]) assert.is(await expiring(bad), "BadDate", bad);
});

test("dates: the second they mean, against the platform's calendar", async () => {
  for (const past of ["1970-01-01T00:00:01Z", "1972-02-29T12:34:56Z", "1999-12-31T23:59:59Z", "2000-02-29T00:00:00Z", "2000-03-01T00:00:00Z", "2001-01-31T01:02:03Z", "2024-02-29T23:59:59Z", "2024-12-31T00:00:00Z", "2026-07-31T10:20:30Z", "2026-08-01T00:00:00Z"]) {
    assert.is(await expiring(past), `Freeze ${Date.parse(past) / 1000}`, past);
  }
  assert.is(await expiring("9999-12-31T23:59:59Z", Date.parse("9999-12-31T23:59:58Z") / 1000), "Freeze 1800086400", "the others of this cycle");
});

test.run();
