/** docs/dialects.md against the sources: every flag of dialect.ts is asked in the places the tables name, and in no other. */
import { readFileSync, readdirSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("dialects");
const source = (file: string): string => readFileSync(`assembly/${file}`, "utf8");
const rows = readFileSync("docs/dialects.md", "utf8").split("\n").filter((line) => line.startsWith("| ")).map((line) => line.slice(2, -2).split(" | "));
const flags = [...source("dialect.ts").matchAll(/export let (\w+)/g)].map(([, flag]) => flag ?? "");

/** Files that import a flag, or `fold` for the flag it stands for. */
function asking(name: string): string[] {
  const files = readdirSync("assembly").filter((file) => file.endsWith(".ts") && file !== "dialect.ts");
  return files.filter((file) => new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from "./dialect"`).test(source(file))).sort();
}

/** Files and functions that the rows of a flag name. */
function named(pattern: RegExp): [file: string, functions: string[]][] {
  const cells = rows.filter((row) => pattern.test(row.at(-2) ?? "")).map((row) => row.at(-1) ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+\.ts)` ([\w, ]+?)(?=, `|$)/g)].map(([, file, list]): [string, string[]] => [file ?? "", (list ?? "").split(", ")]));
}

test("there is a row for every flag, and every flag is one of dialect.ts", () => {
  assert.equal(flags.sort(), ["aktualizr", "directorWithoutSnapshot", "emptyForAnyVehicle", "labels"]);
});

for (const [name, pattern] of [
  ["labels", /^`labels`$/], ["aktualizr", /^`aktualizr`$/], ["fold", /through `fold`/], ["directorWithoutSnapshot", /^`directorWithoutSnapshot`$/],
  ["emptyForAnyVehicle", /^`emptyForAnyVehicle`$/],
] as const) {
  test(`${name} is asked where the tables say`, () => {
    const places = named(pattern);
    assert.equal([...new Set(places.map(([file]) => file))].sort(), asking(name));
    for (const [file, functions] of places) {
      for (const one of functions) {
        const body = new RegExp(`function ${one}\\([^]*?\\n}`).exec(source(file))?.[0] ?? "";
        assert.match(body, new RegExp(`\\b${name}\\b`), `${file} ${one}`);
      }
    }
  });
}

test.run();
