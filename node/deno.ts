/** Where the real Deno binary is. The one in node_modules/.bin may be a script that starts it, and stopping that would leave a server running. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** @throws Error  when the package has no binary for this platform */
export function denoBinary(): string {
  const name = process.platform === "win32" ? "deno.exe" : "deno";
  const here = createRequire(import.meta.url);
  const home = dirname(here.resolve("deno/package.json"));
  const unpacked = join(home, name);
  if (existsSync(unpacked)) return unpacked;
  const platform = process.platform === "linux" ? `linux-${process.arch}-glibc` : `${process.platform}-${process.arch}`;
  const binary = join(dirname(createRequire(join(home, "package.json")).resolve(`@deno/${platform}/package.json`)), name);
  if (!existsSync(binary)) throw new Error(`Cannot find the Deno binary for ${platform}`);
  return binary;
}

/** The arguments of a server that may use its own port and its own folder, and nothing else. */
export function denoArguments(script: string, folder: string, port: number): string[] {
  return [
    "run", "--quiet", "--no-prompt", "--cached-only", `--allow-net=127.0.0.1:${port}`, `--allow-read=${folder}`, `--allow-write=${folder}`,
    script, folder, "--attached",
  ];
}
