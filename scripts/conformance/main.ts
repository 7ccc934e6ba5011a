/**
 * `npm run conformance`: docs/conformance.md from docs/requirements.tsv, whose ids are those of the project's reading of the Uptane Standard 2.1.0, theme by
 * theme. Fails where an id is missing or stands twice with other tests, or a file, function, test or vector it names does not exist.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { top } from "../audit/compile.ts";

process.chdir(top);
const THEMES: [theme: string, count: number, about: string][] = [
  ["RL", 10, "roles and repositories"], ["MD", 18, "metadata in general"], ["RT", 5, "Root"], ["TG", 18, "Targets"], ["DL", 39, "delegations"], ["SN", 2, "Snapshot"], ["TS", 2, "Timestamp"],
  ["MF", 9, "repository mapping"], ["TM", 24, "time"], ["PV", 7, "partial verification"], ["FV", 61, "full verification"], ["IN", 29, "installing"], ["VM", 29, "manifests and reports"], ["AT", 18, "attacks"],
];

interface Row {
  where: string[];
  tests: string[];
  note: string;
}

const rows = new Map<string, Row>();
const errors: string[] = [];
const text = (file: string) => readFileSync(file, "utf8");

for (const line of text("docs/requirements.tsv").split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
  const [ids = "", where = "", tests = "", note = ""] = line.split("\t");
  const row = { where: where === "-" ? [] : where.split(" "), tests: tests === "-" ? [] : tests.split("|").map((test) => test.trim()), note };
  for (const id of ids.split(",").flatMap(range)) {
    const before = rows.get(id);
    rows.set(id, before === undefined ? row : { where: [...new Set([...before.where, ...row.where])], tests: [...new Set([...before.tests, ...row.tests])], note: row.note || before.note });
  }
  row.where.forEach(checkWhere);
  row.tests.forEach(checkTest);
  if (note === "" && (row.where.length === 0 || row.tests.length === 0)) errors.push(`${ids}: no place or no test, and no word why`);
}

const open: string[] = [];
const out = ["# Conformance", "", "Written by `npm run conformance` from docs/requirements.tsv: do not edit. Each requirement of the Standard's themes, where it is met, and what proves it.", ""];
for (const [theme, count, about] of THEMES) {
  out.push(`## ${theme}: ${about}`, "", "| id | where | proof | note |", "|---|---|---|---|");
  for (let i = 1; i <= count; i++) {
    const id = `${theme}-${String(i).padStart(2, "0")}`;
    const row = rows.get(id);
    if (row === undefined) {
      errors.push(`${id}: missing`);
      continue;
    }
    rows.delete(id);
    if (row.note.startsWith("open")) open.push(id);
    out.push(`| ${id} | ${row.where.map((place) => `\`${place}\``).join(" ")} | ${row.tests.join("<br>")} | ${row.note} |`);
  }
  out.push("");
}
for (const id of rows.keys()) errors.push(`${id}: no such requirement`);
out.splice(4, 0, `Open: ${open.length === 0 ? "nothing" : open.join(", ")}.`, "");
writeFileSync("docs/conformance.md", `${out.join("\n").trimEnd()}\n`);
for (const error of errors) console.error(`FAILED ${error}`);
console.log(`${THEMES.reduce((sum, [, count]) => sum + count, 0)} requirements, ${open.length} open, ${errors.length} errors`);
process.exitCode = errors.length === 0 ? 0 : 1;

function range(ids: string): string[] {
  const [first = "", last] = ids.split("..");
  if (last === undefined) return [first];
  const theme = first.slice(0, 3);
  return Array.from({ length: Number(last.slice(3)) - Number(first.slice(3)) + 1 }, (_, i) => theme + String(Number(first.slice(3)) + i).padStart(2, "0"));
}

function checkWhere(place: string): void {
  const [file = "", name] = place.split("#");
  if (!existsSync(file)) errors.push(`${place}: no such file`);
  else if (name !== undefined && !new RegExp(`(function|const|let|class) ${name}\\b`).test(text(file))) errors.push(`${place}: no such name`);
}

function checkTest(test: string): void {
  const [place = "", ...rest] = test.split(":");
  const title = rest.join(":").trim();
  if (place.startsWith("vectors/")) {
    const file = join(place, "cases.json");
    if (!existsSync(file) || !text(file).includes(`{"name":"${title}"`)) errors.push(`${test}: no such case`);
  } else if (!existsSync(`tests/${place}.test.ts`)) errors.push(`${test}: no such suite`);
  else if (title === "") errors.push(`${test}: no title`);
  else if (!titles(place).some((one) => one.startsWith(title))) errors.push(`${test}: no such test`);
}

/** Titles of a suite; those of suites over data are the names of the data. */
function titles(suite: string): string[] {
  const source = text(`tests/${suite}.test.ts`);
  const found = [...source.matchAll(/^\s*[a-zA-Z]+\("((?:[^"\\]|\\.)*)"/gm)].map(([, title]) => title as string);
  return suite === "shapes" ? [...text("tests/shapes.txt").matchAll(/^# (.*)$/gm)].map(([, group]) => group as string) : found;
}

