/** `npm run vectors`: writes vectors/FOLDER/cases.json for every clause; `--check` compares and writes nothing. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packs } from "./packs.ts";

const checking = process.argv.includes("--check");
let different = 0;
for (const [folder, text] of await packs()) {
  const file = join("vectors", folder, "cases.json");
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  different++;
  console.log(checking ? `${file} is not what scripts/vectors makes` : `wrote ${file}`);
  if (checking) continue;
  mkdirSync(join("vectors", folder), { recursive: true });
  writeFileSync(file, text);
}
process.exitCode = checking && different > 0 ? 1 : 0;
