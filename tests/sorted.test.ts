/** Sorting for the core, and the canonical form of any text. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SESSION_JSON } from "../assembly/abi.ts";
import { Ok, Unsorted } from "../assembly/status.ts";
import { byBytes, canonical, olpc, served } from "../bindings/canonical.ts";
import { Core } from "../bindings/core.ts";
import { sorted } from "../bindings/sorted.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const sort = (json: string): string => text(sorted(bytes(json)));

function read(data: Uint8Array): number {
  const core = Core.load();
  core.open(SESSION_JSON);
  const report = core.feed(data);
  return report.status === Ok ? core.end().status : report.status;
}

const test = suite("sorted");

test("members rise by the bytes of their names, spellings stay", () => {
  assert.is(sort('{"b":1, "a":[{"d":"\\u0041\\n","c":1.50}],\n"":null}'), '{"":null,"a":[{"c":1.50,"d":"\\u0041\\n"}],"b":1}');
  assert.is(sort('{"\\u0062":1,"a":2}'), '{"a":2,"\\u0062":1}');
  assert.is(sort('{"😀":1,"\ue000":2,"é":3}'), '{"é":3,"\ue000":2,"😀":1}');
});

test("the core refuses the text, and takes the sorted copy", () => {
  const foreign = bytes('{"signed":{"version":1,"_type":"x"},"signatures":[]}');
  assert.is(read(foreign), Unsorted);
  assert.is(read(sorted(foreign)), Ok);
});

test("what repeats stays repeated, for the core to refuse", () => {
  assert.is(sort('{"a":1,"b":2,"a":3}'), '{"a":1,"a":3,"b":2}');
  assert.is.not(read(sorted(bytes('{"a":1,"b":2,"a":3}'))), Ok);
});

test("what cannot be sorted is refused in words", () => {
  const broken = ["", "{", "[1", '{"a"}', "{1:2}", '{"a":}', "[1 2]", "[,]", "1 2", '"', '{"a":1,}', "]", '{"\\x":1}', "[".repeat(40)];
  for (const json of broken) assert.throws(() => sort(json), /^UsageError: Cannot sort|Cannot sort/, json);
  assert.throws(() => sorted(Uint8Array.of(0x22, 0xff, 0x22)), /not UTF-8/);
});

test("long texts sort in linear stack", () => {
  const many = `[${Array.from({ length: 50_000 }, (_, i) => `{"b":${i},"a":"${"x".repeat(i % 7)}"}`).join(",")}]`;
  assert.is(sort(many).length, many.length);
});

test("the OLPC form of any text", () => {
  assert.is(text(olpc({ "é": 'a"\\\n\u007f', a: -1 })), '{"a":-1,"é":"a\\"\\\\\n\u007f"}');
  assert.throws(() => olpc("\ud800"), /lone surrogate/);
  assert.throws(() => olpc(1.5), /canonical integer/);
  assert.is(text(olpc(-0)), "0");
});

test("what writers sign stays ASCII, with one spelling for the line feed", () => {
  assert.throws(() => canonical("é"), /printable ASCII/);
  assert.is(text(canonical('a"\n\\')), '"a\\"\n\\\\"');
  assert.is(text(served('a"\n\\')), '"a\\"\\n\\\\"');
  assert.throws(() => canonical(-0), /canonical integer/);
});

test("names are ordered by code point", () => {
  assert.ok(byBytes("\uffff", "😀") < 0);
  assert.ok(byBytes("a", "ab") < 0);
  assert.is(byBytes("a", "a"), 0);
});

test.run();
