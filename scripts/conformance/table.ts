/**
 * docs/requirements.tsv as a table: the requirements of the project's reading of the Uptane Standard 2.1.0, theme by theme, each with its level, where it is
 * met and which tests prove it. A MUST that the core decides needs both; what a table names has to exist.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const THEMES: [theme: string, count: number, about: string][] = [
  ["RL", 10, "roles and repositories"], ["MD", 18, "metadata in general"], ["RT", 5, "Root"], ["TG", 18, "Targets"], ["DL", 39, "delegations"], ["SN", 2, "Snapshot"], ["TS", 2, "Timestamp"],
  ["MF", 9, "repository mapping"], ["TM", 24, "time"], ["PV", 7, "partial verification"], ["FV", 61, "full verification"], ["IN", 29, "installing"], ["VM", 29, "manifests and reports"], ["AT", 18, "attacks"],
];
const LEVELS: [title: string, levels: string[]][] = [["MUST", ["MUST", "MUST-NOT"]], ["SHOULD", ["SHOULD", "SHOULD-NOT"]], ["MAY", ["MAY"]]];

export interface Row {
  level: string;
  where: string[];
  tests: string[];
  note: string;
}

export interface Table {
  rows: Map<string, Row>;
  open: string[];
  errors: string[];
}

/** @param source  the text of docs/requirements.tsv; files it names are looked up in the working folder */
export function readTable(source: string): Table {
  const rows = new Map<string, Row>();
  const errors: string[] = [];
  for (const line of source.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
    const [ids = "", level = "", where = "", tests = "", note = ""] = line.split("\t");
    const row = { level, where: where === "-" ? [] : where.split(" "), tests: tests === "-" ? [] : tests.split("|").map((test) => test.trim()), note };
    if (!LEVELS.some(([, levels]) => levels.includes(level))) errors.push(`${ids}: no such level: ${level}`);
    if (note === "" && (row.where.length === 0 || row.tests.length === 0)) errors.push(`${ids}: no place or no test, and no word why`);
    if (note.startsWith("host") && row.where.some((place) => place.startsWith("assembly/"))) errors.push(`${ids}: said to be decided by a host, and met in assembly/`);
    errors.push(...row.where.flatMap(wrongPlace), ...row.tests.flatMap(wrongTest));
    for (const id of ids.split(",").flatMap(range)) {
      const before = rows.get(id);
      if (before !== undefined && before.level !== level) errors.push(`${id}: has two levels`);
      rows.set(id, before === undefined ? row : { level, where: [...new Set([...before.where, ...row.where])], tests: [...new Set([...before.tests, ...row.tests])], note: row.note || before.note });
    }
  }
  const known = THEMES.flatMap(([theme, count]) => Array.from({ length: count }, (_, i) => `${theme}-${String(i + 1).padStart(2, "0")}`));
  for (const id of known) if (!rows.has(id)) errors.push(`${id}: missing`);
  for (const [id, row] of rows) {
    if (!known.includes(id)) errors.push(`${id}: no such requirement`);
    const met = row.where.length > 0 && row.tests.length > 0;
    if (!met && row.level.startsWith("MUST") && !row.note.startsWith("host")) errors.push(`${id}: a MUST of the core without ${row.where.length > 0 ? "a test" : "a place"}`);
  }
  return { rows, open: known.filter((id) => /^(host; )?open/.test(rows.get(id)?.note ?? "")), errors };
}

/** The text of docs/conformance.md. */
export function printTable({ rows, open }: Table): string {
  const out = [
    "# Conformance", "", "Written by `npm run conformance` from docs/requirements.tsv: do not edit. Each requirement of the Standard's themes, where it is met, and what proves it.",
    "A MUST that the core decides without a place and a test fails `npm run conformance` and `npm test`; \"host\" marks what a host decides.", "",
    "| level | requirements | with place and test | open |", "|---|---|---|---|",
  ];
  for (const [title, levels] of LEVELS) {
    const those = [...rows].filter(([, row]) => levels.includes(row.level));
    out.push(`| ${title} | ${those.length} | ${those.filter(([, row]) => row.where.length > 0 && row.tests.length > 0).length} | ${those.filter(([id]) => open.includes(id)).length} |`);
  }
  out.push("", `Open: ${open.length === 0 ? "nothing" : open.join(", ")}.`, "");
  for (const [theme, , about] of THEMES) {
    out.push(`## ${theme}: ${about}`, "");
    for (const [title, levels] of LEVELS) {
      const those = [...rows].filter(([id, row]) => id.startsWith(`${theme}-`) && levels.includes(row.level)).sort(([a], [b]) => (a < b ? -1 : 1));
      if (those.length === 0) continue;
      out.push(`### ${theme}: ${title}`, "", "| id | where | proof | note |", "|---|---|---|---|");
      for (const [id, row] of those) out.push(`| ${id}${row.level.endsWith("NOT") ? " (not)" : ""} | ${row.where.map((place) => `\`${place}\``).join(" ")} | ${row.tests.join("<br>")} | ${row.note} |`);
      out.push("");
    }
  }
  return `${out.join("\n").trimEnd()}\n`;
}

function range(ids: string): string[] {
  const [first = "", last] = ids.split("..");
  if (last === undefined) return [first];
  const theme = first.slice(0, 3);
  return Array.from({ length: Number(last.slice(3)) - Number(first.slice(3)) + 1 }, (_, i) => theme + String(Number(first.slice(3)) + i).padStart(2, "0"));
}

function wrongPlace(place: string): string[] {
  const [file = "", name] = place.split("#");
  if (!existsSync(file)) return [`${place}: no such file`];
  return name === undefined || new RegExp(`(function|const|let|class) ${name}\\b`).test(readFileSync(file, "utf8")) ? [] : [`${place}: no such name`];
}

function wrongTest(test: string): string[] {
  const [place = "", ...rest] = test.split(":");
  const title = rest.join(":").trim();
  if (place.startsWith("vectors/")) {
    const file = join(place, "cases.json");
    return existsSync(file) && readFileSync(file, "utf8").includes(`{"name":"${title}"`) ? [] : [`${test}: no such case`];
  }
  if (!existsSync(`tests/${place}.test.ts`)) return [`${test}: no such suite`];
  if (title === "") return [`${test}: no title`];
  return titles(place).some((one) => one.startsWith(title)) ? [] : [`${test}: no such test`];
}

/** Titles of a suite; those of suites over data are the names of the data. */
function titles(suite: string): string[] {
  const source = readFileSync(`tests/${suite}.test.ts`, "utf8");
  const found = [...source.matchAll(/^\s*[a-zA-Z]+\("((?:[^"\\]|\\.)*)"/gm)].map(([, title]) => title as string);
  return suite === "shapes" ? [...readFileSync("tests/shapes.txt", "utf8").matchAll(/^# (.*)$/gm)].map(([, group]) => group as string) : found;
}
