// Writes assembly/names.ts (the words of metadata the core knows) and assembly/grammar.ts (which members its records have). `--check` compares instead.
import { readFileSync, writeFileSync } from "node:fs";

// Context, member (* for every element of a list or map; ! it has to be there, ? null stands for "absent"), shape, context of what opens, action.
// A long text may exceed TOKEN_SIZE. What is not listed is read over.
const PARTIAL = `
  top             *                 object  file
  file            signatures        list    signatures
                  signed!           object  -                SIGNED
  signatures      *                 object  signature        SIGNATURE
  signature       keyid!            text    -                KEY_ID
                  sig!              long    -                SIG
  root            _type!            text    -                TYPE
                  expires!          text    -                EXPIRES
                  keys!             object  keys             KEYS
                  roles!            object  roles
                  version!          number  -                VERSION
                  spec_version      text    -                SPEC_VERSION
  keys            *                 object  key              KEY
  key             keytype!          text    -                KEYTYPE
                  keyval!           object  keyval
                  scheme            text    -                SCHEME
  keyval          public!           long    -                PUBLIC
  roles           *                 object  role             ROLE
  role            keyids!           list    role_ids
                  threshold!        number  -                THRESHOLD
  role_ids        *                 text    -                ROLE_ID
  time            _type!            text    -                TYPE
                  nonces            list    nonces
                  time!             text    -                TIME
  nonces          *                 text    -                NONCE
  targets_file    _type!            text    -                TYPE
                  expires!          text    -                EXPIRES
                  targets!?         object  targets
                  version!          number  -                VERSION
                  spec_version      text    -                SPEC_VERSION
                  custom?           object  targets_custom
                  delegations?      object  -                DELEGATIONS
  targets_custom  vehicleId         text    -                VEHICLE
  targets         *                 object  target           ENTRY
  target          custom?           object  custom
                  hashes            object  hashes
                  length            number  -                LENGTH
  hashes          *                 text    -                HASH
  custom          ecuIdentifiers?   object  ecus
                  encrypted         object  encrypted        ENCRYPTED
                  hardwareIds?      list    hardware         HARDWARE_IDS
                  mustMatch         object  -                MUST_MATCH
                  releaseCounter    number  -                RELEASE
  ecus            *                 object  ecu              ECU
  ecu             hardwareId!       text    -                HARDWARE
  encrypted       *                 object  cipher           CIPHER
  cipher          hashes!           object  hashes
                  length!           number  -                LENGTH
                  method!           text    -                METHOD
                  key               text    -                WRAPPED
  hardware        *                 text    -                FITS
`;

const FULL = `
  meta_file       _type!            text    -                TYPE
                  expires!          text    -                EXPIRES
                  meta!             object  meta
                  version!          number  -                VERSION
                  spec_version      text    -                SPEC_VERSION
  meta            *                 object  meta_entry       META
  meta_entry      hashes            object  hashes
                  length            number  -                LENGTH
                  version!          number  -                META_VERSION
  delegations     keys?             object  delegation_keys
                  roles?            list    delegation_list
                  succinct_roles?   object  succinct         SUCCINCT
  delegation_keys *                 object  key              DELEGATION_KEY
  delegation_list *                 object  delegation       DELEGATION
  delegation      name              text    -                ROLE_NAME
                  keyids            list    delegation_ids
                  threshold         number  -                ROLE_THRESHOLD
                  paths?            list    paths
                  path_hash_prefixes? list  prefixes
                  hardwareIds?      list    fits             ROLE_HARDWARE
                  terminating       literal -                TERMINATING
                  roles             list    many             MANY
                  min_roles_in_agreement number -            AGREEMENT
  many            *                 object  one              ONE
  one             name!             text    -                ROLE_NAME
                  keyids!           list    delegation_ids
                  threshold!        number  -                ROLE_THRESHOLD
  delegation_ids  *                 text    -                DELEGATION_ID
  paths           *                 text    -                PATH
  prefixes        *                 text    -                PREFIX
  fits            *                 text    -                ROLE_FITS
  succinct        name_prefix!      text    -                ROLE_NAME
                  keyids!           list    delegation_ids
                  threshold!        number  -                ROLE_THRESHOLD
                  bit_length!       number  -                BIT_LENGTH
  map_file        *                 object  map
  map             mapping!          list    mappings
                  repositories!     object
  mappings        *                 object  mapping          MAPPING
  mapping         paths!            list    paths
                  repositories!     list    map_names
                  threshold!        number  -                ROLE_THRESHOLD
                  terminating       literal -                TERMINATING
  map_names       *                 text    -                MAP_NAME
  part_file       signatures!       list    entries
                  signed!           object  report           PART
  entries         *                 object  entry            ENTRY_OF_PART
  entry           hash              object  hashes
                  keyid!            text    -
                  method!           text    -                METHOD_OF_PART
                  sig!              long    -                SIG_OF_PART
  manifest        ecu_version_manifests! object reports
                  primary_ecu_serial! text  -                PRIMARY
                  vin               text    -                VIN
  reports         *                 object  part_file        REPORT
  report          attacks_detected! long    -                ATTACKS
                  ecu_serial!       text    -                SERIAL
                  installed_image!  object  installed
                  nonce             text    -                NONCE_OF_REPORT
                  report_counter    text    -                COUNTER
                  timeserver_time!  text    -                TIME_OF_REPORT
  installed       fileinfo!         object  fileinfo         FILEINFO
                  filepath!         text    -
  fileinfo        hashes!           object  hashes
                  length!           number  -                LENGTH
`;

// Words that are values, or names in maps; the roles of Root in the order of ROLE_* in assembly/abi.ts.
const PARTIAL_WORDS = "root timestamp snapshot targets time ed25519 sha256 sha512";
const FULL_WORDS = "snapshot.json targets.json";

const SHAPES = { any: 0, object: 1, list: 2, text: 3, number: 4, literal: 5, long: 3 + 32 };
const REQUIRED = 8;
const NULL = 16;
const END = { word: "", shape: SHAPES.any, to: "-", action: "" }; // of a record: every other member

/** Rows of one table; a context ends with the row that takes every other member, or every element. */
function read(text) {
  const rows = [];
  let context = "";
  let map = true;
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const cells = line.trim().split(/\s+/);
    const starts = /^ {2}\S/.test(line);
    if (starts) {
      if (!map) rows.push({ ...END, context });
      context = cells.shift();
    }
    const [, word, flags] = /^(\*|[^!?]+)([!?]*)$/.exec(cells[0]);
    map = word === "*";
    rows.push({ context, starts, word: map ? "" : word, shape: SHAPES[cells[1]] | (flags.includes("!") ? REQUIRED : 0) | (flags.includes("?") ? NULL : 0), to: cells[2] ?? "-", action: cells[3] ?? "" });
  }
  if (!map) rows.push({ ...END, context });
  return rows;
}

const skipped = { ...END, context: "skipped", starts: true };
const partial = [skipped, ...read(PARTIAL)];
const all = [...partial, ...read(FULL)];
const words = [...new Set([...PARTIAL_WORDS.split(/\s+/), ...partial.map((row) => row.word)])].filter((word) => word !== "");
const small = words.length;
words.push(...[...new Set([...FULL_WORDS.split(/\s+/), ...all.map((row) => row.word)])].filter((word) => word !== "" && !words.includes(word)));

const upper = (word) => word.replace(/^_/, "").replace(/[.-]/g, "_").replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
const contexts = new Map(all.map((row, i) => [row, i]).filter(([row]) => row.starts).map(([row, i]) => [row.context, i]));
const actions = new Map();
let next = 1;
for (const { action, shape } of all) {
  if (action === "" || actions.has(action)) continue;
  actions.set(action, next);
  next += [SHAPES.object, SHAPES.list].includes(shape & 7) ? 2 : 1; // it opens and closes
}

const number = (row) => (row.word === "" ? 0 : words.indexOf(row.word) + 1) | (row.shape << 8) | ((row.to === "-" ? 0 : contexts.get(row.to)) << 16) | ((actions.get(row.action) ?? 0) << 24);
const hex = (value) => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
const table = (rows) => rows.map((row) => `  ${hex(number(row))}, // ${row.starts ? `${row.context}: ` : ""}${row.word || "*"}${row.action ? ` ${row.action}` : ""}`).join("\n");
const bytes = (list) => {
  const values = [...list.flatMap((word) => [word.length, ...Buffer.from(word)]), 0];
  const lines = [];
  for (let i = 0; i < values.length; i += 24) lines.push("  " + values.slice(i, i + 24).join(", ") + ",");
  return lines.join("\n");
};

const names = `// Written by scripts/grammar.mjs: do not edit.
import { equal } from "./bytes";

/** The words of metadata the core knows, and their numbers (0: none of them); partial verification needs the first ones alone. */
${words.map((word, i) => `export const ${upper(word)} = ${i + 1};`).join("\n")}

const ALL: u32 = ${words.length};

// Each word: its length, then its bytes; then 0.
const table = memory.data<u8>([
${bytes(words.slice(0, small))}
]);

let more: usize = 0;

/** From here on words that full verification and servers need are known too. */
export function moreWords(): void {
  more = memory.data<u8>([
${bytes(words.slice(small))}
  ]);
}

/** @returns the number of the word of \`length\` bytes at \`at\`, or 0 */
export function word(at: usize, length: u32): u32 {
  let entry = table;
  let number: u32 = 0;
  while (true) {
    const size = u32(load<u8>(entry++));
    if (size) {
      number++;
      if (size == length && equal(at, entry, size)) return number;
      entry += size;
    } else {
      if (!more || number == ALL) return 0;
      entry = more;
    }
  }
}
`;

const grammar = `// Written by scripts/grammar.mjs: do not edit.

/** Contexts of json.ts: where the rows of a record, map or list start. */
${[...contexts].map(([name, i]) => `export const C_${upper(name)}: u32 = ${i};`).join("\n")}

/** What a row sets off; containers have a second number one higher, for their end. */
${[...actions].flatMap(([name, i]) => (all.some((row) => row.action === name && [SHAPES.object, SHAPES.list].includes(row.shape & 7)) ? [`export const ${name}_OPENS = ${i};`, `export const ${name}_CLOSES = ${i + 1};`] : [`export const ${name} = ${i};`])).join("\n")}

export const OBJECT: u32 = ${SHAPES.object};
export const LIST: u32 = ${SHAPES.list};
export const SHAPE: u32 = 7;
export const REQUIRED: u32 = ${REQUIRED};
export const NULL: u32 = ${NULL};
export const LONG: u32 = 32;

const SMALL: u32 = ${partial.length};

// Each row: number of the word | shape | context of what opens | action, a byte each.
const table = memory.data<i32>([
${table(partial)}
]);

let more: usize = 0;

/** From here on the files of full verification are known too. */
export function moreRows(): void {
  more = memory.data<i32>([
${table(all.slice(partial.length))}
  ]) - SMALL * 4;
}

/** The first row of a context. */
export function rows(context: u32): usize {
  return (context < SMALL ? table : more) + context * 4;
}
`;

for (const [name, text] of [["names", names], ["grammar", grammar]]) {
  const file = new URL(`../assembly/${name}.ts`, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`Cannot go on: assembly/${name}.ts is not what scripts/grammar.mjs writes`);
    process.exit(1);
  }
}
