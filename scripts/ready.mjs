// Installs the locked packages when they are missing or differ from the lock, so that one command works on a bare clone.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = dirname(dirname(fileURLToPath(import.meta.url)));

/** Names and versions of every package a lock demands on all platforms; optional ones differ from machine to machine. */
function demanded(file) {
  const { packages } = JSON.parse(readFileSync(join(top, file), "utf8"));
  return Object.entries(packages)
    .filter(([place, entry]) => place !== "" && entry.optional !== true)
    .map(([place, entry]) => `${place}@${entry.version}`)
    .sort()
    .join("\n");
}

const installed = "node_modules/.package-lock.json";
if (!existsSync(join(top, installed)) || demanded(installed) !== demanded("package-lock.json")) {
  const windows = process.platform === "win32";
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: top, stdio: ["ignore", 2, 2], shell: windows });
  if (status !== 0) {
    console.error("Cannot install the locked packages: npm ci failed, see above");
    process.exit(1);
  }
}
