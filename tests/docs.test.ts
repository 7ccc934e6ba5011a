/** What the documents name is there: functions of the tour, files that are linked, decision records that comments refer to. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("documents");
const read = (path: string): string => readFileSync(path, "utf8");
const documents = ["README.md", "SECURITY.md", "CHANGELOG.md", ...readdirSync("docs").filter((name) => name.endsWith(".md")).map((name) => join("docs", name)), ...readdirSync("docs/adr").map((name) => join("docs/adr", name))];

/** `file.ts` followed by `function`s: the pairs of a row of the tour. A file without a folder is one of assembly/. */
function pairs(row: string): [file: string, name: string][] {
  const found: [string, string][] = [];
  let file = "";
  for (const [, text] of row.matchAll(/`([^`]+)`/g)) {
    if (text === undefined) continue;
    if (/^[a-z0-9/-]+\.ts$/.test(text)) file = text.includes("/") ? text : `assembly/${text}`;
    else if (file !== "" && /^[a-z][A-Za-z0-9]+$/.test(text)) found.push([file, text]);
  }
  return found;
}

test("every function of the tour is in the file the tour names", () => {
  const rows = read("docs/TOUR.md").split("\n").filter((line) => /^\| \d+ \|/.test(line)).map((line) => line.split(" | ").slice(1, 2).join());
  const named = rows.flatMap(pairs);
  assert.ok(named.length >= 25, `${named.length} named`);
  for (const [file, name] of named) assert.ok(new RegExp(`function\\*? ${name}\\(`).test(read(file)), `${file} has no function ${name}`);
});

test("every relative link leads somewhere", () => {
  let links = 0;
  for (const document of documents) {
    for (const [, target] of read(document).matchAll(/\]\(([^)#]+)\)/g)) {
      if (target === undefined || /^[a-z]+:/.test(target)) continue;
      links++;
      assert.ok(existsSync(join(dirname(document), target)), `${document} links to ${target}`);
    }
  }
  assert.ok(links >= 5, `${links} links`);
});

test("the example of the README runs as it stands", () => {
  const [, code] = /```js\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
  assert.type(code, "string");
  const child = spawnSync(process.execPath, ["--input-type=module"], { input: code ?? "", encoding: "utf8" });
  assert.is(child.stdout, "verified: install brakes.bin\n", child.stderr);
});

test("every decision record a source refers to exists", () => {
  const folders = ["assembly", "bindings", "node", "deno"];
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))).filter((name) => name.endsWith(".ts"));
  const records = readdirSync("docs/adr");
  let references = 0;
  for (const file of files) {
    for (const [, number] of read(file).matchAll(/docs\/adr\/(\d{4})/g)) {
      references++;
      assert.ok(records.some((name) => name.startsWith(`${number}-`)), `${file} refers to ${number}`);
    }
  }
  assert.ok(references >= 10, `${references} references`);
});

test("every test that answers a formal finding exists, and every finding has one or says what is open", () => {
  const rows = read("docs/formal-findings.md").split("\n").filter((line) => /^\| [A-Z]\d/.test(line));
  assert.ok(rows.length >= 20, `${rows.length} rows`);
  for (const row of rows) {
    const [, , , answer = "", tests = ""] = row.split("|");
    const named = [...tests.matchAll(/`([a-z-]+): ([^`]+)`/g)];
    assert.ok(named.length > 0 || /README, what is not yet/.test(tests), row);
    assert.ok(answer.trim() !== "", row);
    for (const [, suite = "", title = ""] of named) {
      const file = `tests/${suite}.test.ts`;
      assert.ok(existsSync(file) && read(file).includes(`("${title}`), `${file} has no test "${title}"`);
    }
  }
});

test.run();
