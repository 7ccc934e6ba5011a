/** `npm run conformance`: writes docs/conformance.md from docs/requirements.tsv, and fails where the table does not hold. */
import { readFileSync, writeFileSync } from "node:fs";
import { top } from "../audit/compile.ts";
import { printTable, readTable } from "./table.ts";

process.chdir(top);
const table = readTable(readFileSync("docs/requirements.tsv", "utf8"));
writeFileSync("docs/conformance.md", printTable(table));
for (const error of table.errors) console.error(`FAILED ${error}`);
console.log(`${table.rows.size} requirements, ${table.open.length} open, ${table.errors.length} errors`);
process.exitCode = table.errors.length === 0 ? 0 : 1;
