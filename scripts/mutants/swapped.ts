/** Stands in for build/core.bytes.js: the module at hand. */
import { createHash } from "node:crypto";
import { type Compiled, compile } from "./engine.ts";

export let CORE_BASE64 = "";
export let CORE_SHA256 = "";
export let CORE_GLOBALS = 0;
export let compiled: Compiled | undefined;

export function swap(bytes: Uint8Array, globals: number): void {
  CORE_BASE64 = Buffer.from(bytes).toString("base64");
  CORE_SHA256 = createHash("sha256").update(bytes).digest("hex");
  CORE_GLOBALS = globals;
  compiled = compile(bytes);
}
