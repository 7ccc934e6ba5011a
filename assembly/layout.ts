/**
 * Where everything lies in the one page of memory, in bytes, and every bound of the core with its unit.
 * Three marks rise from what the smallest ECU needs to what only a Primary or a server needs (docs/adr/0002).
 */

// --- constants: data segments, laid out by asc from 8 upwards; the build fails past CONSTANTS_END -------------------
export const CONSTANTS_END = 0x0e00;

// --- work area, one of two at a time: reading a file, or checking one signature -------------------------------------
export const WORK = CONSTANTS_END;
export const WORK_SIZE = 5120;
export const SCRATCH = WORK; // all of it: ed25519.ts
export const WINDOW = WORK; // input from the host
export const WINDOW_SIZE = 1024;
export const TOKEN = WINDOW + WINDOW_SIZE; // the string being read
export const TOKEN_SIZE = 256;
export const NAMES = TOKEN + TOKEN_SIZE; // last member name of every open object, one behind the other
export const NAMES_SIZE = 768;
export const LEVELS = NAMES + NAMES_SIZE; // DEPTH_MAX x { context u8, kind u8, name start u16, name length u16, member u16 }
export const LEVEL_SIZE = 8;
export const TEMPORARY = LEVELS + 32 * LEVEL_SIZE; // digests and decoded text on their way: 512
export const TEMPORARY_SIZE = 512;
export const WORK_END = WORK + WORK_SIZE;

// --- signatures of the file being read ------------------------------------------------------------------------------
export const SLOTS = WORK_END; // SIGNATURES_MAX x { R, S 64 | key 32 | SHA-512 state 64 | tag 8 | flags 8 }
export const SLOT_SIZE = 176;
export const BLOCK = SLOTS + 16 * SLOT_SIZE; // one message block for all slots; its first half is R, A in the first round
export const RAW256 = BLOCK + 128; // SHA-256 over the file as served
export const RAW512 = RAW256 + 104; // SHA-512 likewise, where a digest of it is listed
export const OBJECT256 = RAW512 + 200; // SHA-256 over one object inside a file: a key, must-match data, a payload

// --- trust ----------------------------------------------------------------------------------------------------------
export const ROOT_DIRECTOR = OBJECT256 + 104; // Root in force: KEYSET_SIZE
export const KEYS_MAX = 32;
export const KEYSET_SIZE = 64 + 32 * 44; // see keyset.ts
export const STAGED = ROOT_DIRECTOR + KEYSET_SIZE; // Root being read; own entry of Director Targets
export const RECORD = STAGED + KEYSET_SIZE; // trusted record: trusted.ts
export const RECORD_SIZE = 512;
export const REPORT = RECORD + RECORD_SIZE; // abi.ts
export const REPORT_SIZE = 256;
export const NAME = REPORT + REPORT_SIZE; // role or image name asked for
export const NAME_SIZE = 256;
export const IDENTITY = NAME + NAME_SIZE; // vehicle tag 16, serial tag 16, hardware tag 16, installed SHA-256 32, nonce 32
export const IDENTITY_SIZE = 112;
export const PARTIAL_END = IDENTITY + IDENTITY_SIZE;

// --- full verification ----------------------------------------------------------------------------------------------
export const ROOT_IMAGE = PARTIAL_END;
export const EXPECTED = ROOT_IMAGE + KEYSET_SIZE; // what pointing files state of the next ones: 4 x EXPECTED_SIZE
export const EXPECTED_SIZE = 128; // version 8 | length 8 | has u32 | pad 12 | sha256 32 | sha512 64
export const WANTED = EXPECTED + 4 * EXPECTED_SIZE; // image name being searched
export const WANTED_SIZE = 256;
export const SEARCH = WANTED + WANTED_SIZE; // one of: delegation search, or a piece of the stored Snapshot
export const KEYS_A = SEARCH; // keys of the list in force, and of the file being read: they change places
export const KEYS_B = KEYS_A + KEYSET_SIZE;
export const FRAMES = KEYS_B + KEYSET_SIZE; // DELEGATION_DEPTH_MAX x FRAME_SIZE
export const FRAME_SIZE = 384; // see search.ts
export const VISITED = FRAMES + 8 * FRAME_SIZE; // VISITS_MAX role name tags of 16
export const SEARCH_END = VISITED + 64 * 16;
export const FULL_END = SEARCH_END + 128; // with one row

// --- Primary and servers --------------------------------------------------------------------------------------------
export const ROWS = SEARCH_END; // ECUS_MAX x { ECU 64 | image 64 }
export const ROW_SIZE = 128;
export const MEMORY_SIZE = 65536;

// --- bounds ---------------------------------------------------------------------------------------------------------
export const DEPTH_MAX = 32; // open objects and arrays
export const NAME_MAX = 255; // bytes of one member name, image or role name
export const SIGNATURES_MAX = 16; // entries in one file
export const ECUS_MAX = 256; // per vehicle
export const DELEGATION_DEPTH_MAX = 8; // files below the top-level Targets
export const VISITS_MAX = 64; // roles visited in one search
export const ROOT_STEPS_MAX = 64; // Roots taken in one cycle and repository; progress is kept
export const PASSES_MAX = 4096; // files read in one session
export const VERSION_MAX: u64 = 0x1fffffffffffff; // 2^53 - 1
export const ROOT_LIMIT = 65536; // X, bytes
export const TIMESTAMP_LIMIT = 16384; // Y
export const SNAPSHOT_LIMIT = 8388608; // where Timestamp gives no length
export const TARGETS_LIMIT = 16777216; // Z
export const DIRECTOR_TARGETS_LIMIT = 1048576;
export const MANIFEST_LIMIT = 1048576;
export const TIME_LIMIT = 65536;
