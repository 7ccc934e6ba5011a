// Writes assembly/names.ts: the words of metadata the core knows. `--check` compares instead.
import { readFileSync, writeFileSync } from "node:fs";

const words = `_type attacks_detected bit_length correlationId custom delegations ecuIdentifiers ecu_serial ecu_version_manifests ed25519
encrypted expires filepath fileinfo hardwareId hardwareIds hash hashes installed_image keyid keyids keys keytype keyval length meta
method min_roles_in_agreement mustMatch name name_prefix nonce nonces path_hash_prefixes paths previous_timeserver_time primary_ecu_serial
public releaseCounter report_counter roles root scheme sha256 sha512 sig signatures signed snapshot snapshot.json spec_version
succinct_roles targets targets.json terminating threshold time timeserver_time timestamp uri vehicleId version vin`.split(/\s+/);

const constant = (word) => word.replace(/^_/, "").replace(/[.-]/g, "_").replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
const bytes = words.flatMap((word) => [word.length, ...Buffer.from(word)]);
const lines = [];
for (let i = 0; i < bytes.length; i += 24) lines.push("  " + bytes.slice(i, i + 24).join(", ") + ",");
const text = `// Written by scripts/names.mjs: do not edit.

/** The words of metadata the core knows, and their numbers (0: none of them). */
${words.map((word, i) => `export const ${constant(word)} = ${i + 1};`).join("\n")}

export const WORDS: u32 = ${words.length};

// Each word: its length, then its bytes.
const table = memory.data<u8>([
${lines.join("\n")}
]);

/** @returns the number of the word of \`length\` bytes at \`at\`, or 0 */
export function word(at: usize, length: u32): u32 {
  let entry = table;
  for (let number: u32 = 1; number <= WORDS; number++) {
    const size = u32(load<u8>(entry));
    if (size == length) {
      let i: u32 = 0;
      while (i < size && load<u8>(at + i) == load<u8>(entry + i, 1)) i++;
      if (i == size) return number;
    }
    entry += size + 1;
  }
  return 0;
}
`;
const file = new URL("../assembly/names.ts", import.meta.url);
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("Cannot go on: assembly/names.ts is not what scripts/names.mjs writes");
    process.exit(1);
  }
} else writeFileSync(file, text);
