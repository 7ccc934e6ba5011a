/** The table of requirements holds, and a hole in it is seen. */
import { existsSync, readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { printTable, readTable } from "../scripts/conformance/table.ts";

const test = suite("conformance");
const source = readFileSync("docs/requirements.tsv", "utf8");
const SPEC = "../shared/spec/requirements.tsv";

/** The table with one line changed. */
function changed(id: string, change: (fields: string[]) => void): string[] {
  const lines = source.split("\n");
  const at = lines.findIndex((line) => line.startsWith(`${id}\t`));
  assert.ok(at >= 0, id);
  const fields = (lines[at] as string).split("\t");
  change(fields);
  lines[at] = fields.join("\t");
  return readTable(lines.join("\n")).errors;
}

test("every MUST that the core decides has a place and a test that exist", () => {
  const { errors, rows } = readTable(source);
  assert.equal(errors, []);
  assert.is(rows.size, 271);
});

test("a MUST of the core that loses its test, its place or its line is an error", () => {
  assert.equal(changed("FV-49", (fields) => void (fields[3] = "-")), ["FV-49: no place or no test, and no word why", "FV-49: a MUST of the core without a test"]);
  assert.equal(changed("FV-49", (fields) => fields.splice(2, 3, "-", "-", "some day")), ["FV-49: a MUST of the core without a place"]);
  assert.equal(changed("FV-49", (fields) => void (fields[3] = "vectors/snapshot: 6-nothing-vanishes")), ["vectors/snapshot: 6-nothing-vanishes: no such case"]);
  assert.equal(changed("FV-49", (fields) => void (fields[2] = "assembly/snapshot.ts#gone")), ["assembly/snapshot.ts#gone: no such name"]);
  assert.equal(changed("FV-49", (fields) => void (fields[0] = "FV-62")), ["FV-49: missing", "FV-62: no such requirement"]);
});

test("calling a rule of the core the host's is an error", () => {
  assert.equal(changed("FV-49", (fields) => void (fields[4] = "host")), ["FV-49: said to be decided by a host, and met in assembly/"]);
});

test("docs/conformance.md is what the table gives", () => {
  assert.ok(readFileSync("docs/conformance.md", "utf8") === printTable(readTable(source)), "npm run conformance writes it anew");
});

(existsSync(SPEC) ? test : test.skip)("levels are those of the Standard's reading", () => {
  const { rows } = readTable(source);
  const levels = new Map(readFileSync(SPEC, "utf8").split("\n").map((line) => line.split("\t")).map(([id = "", , level = ""]) => [id, level]));
  for (const [id, row] of rows) assert.is(row.level, levels.get(id), id);
});

test.run();
