/**
 * Where everything lies in the one page of memory, in bytes, and every bound of the core with its unit.
 * Three marks rise from what the smallest ECU needs to what only a Primary or a server needs (docs/adr/0002).
 */

// --- constants: data segments, laid out by asc from 8 upwards; the build fails past CONSTANTS_END -------------------
export const CONSTANTS_END: u32 = 0x0c00;

// --- work area, one of two at a time: reading a file, or checking one signature -------------------------------------
export const WORK: u32 = CONSTANTS_END;
export const WORK_SIZE: u32 = 4704;
export const SCRATCH: u32 = WORK; // all of it: ed25519.ts
export const WINDOW: u32 = WORK; // input from the host
export const WINDOW_SIZE: u32 = 1024;
export const TOKEN: u32 = WINDOW + WINDOW_SIZE; // the string being read
export const TOKEN_SIZE: u32 = 256;
export const NAMES: u32 = TOKEN + TOKEN_SIZE; // last member name of every open object, one behind the other
export const NAMES_SIZE: u32 = 768;
export const LEVELS: u32 = NAMES + NAMES_SIZE; // DEPTH_MAX x { context u8, kind u8, name start u16, name length u16, member u16 }
export const LEVEL_SIZE: u32 = 8;
export const ENTRY: u32 = LEVELS + 32 * LEVEL_SIZE; // what one member describes: EXPECTED_SIZE, see entry.ts
export const MUST_MATCH: u32 = ENTRY + 128; // SHA-256 of the entry's must-match data
export const HARDWARE: u32 = MUST_MATCH + 32; // tag of the hardware identifier just read: 16
export const DIGEST: u32 = HARDWARE + 16; // a digest on its way: 64
export const TAG256: u32 = DIGEST + 64; // SHA-256 of short texts
export const SEEN: u32 = TAG256 + 104; // tags of the ECUs Director Targets has named so far: ECUS_MAX x 8
export const WORK_END: u32 = WORK + WORK_SIZE;

// --- the message schedule of the block being hashed: no content between blocks ---------------------------------------
export const SCHEDULE: u32 = WORK_END;
export const SCHEDULE_SIZE: u32 = 640 + 32; // 80 words of SHA-512, and four of its state
export const SCHEDULE_END: u32 = SCHEDULE + SCHEDULE_SIZE;

// --- signatures of the file being read ------------------------------------------------------------------------------
export const SLOTS: u32 = SCHEDULE_END; // SIGNATURES_MAX x { R, S 64 | key 32 | SHA-512 state 64 | tag 8 | flags 8 }
export const SLOT_SIZE: u32 = 176;
export const MESSAGE: u32 = SLOTS + 16 * SLOT_SIZE - 64; // a context of SHA-512 for all slots; it has no state of its own, so 64 bytes of the last slot stand there
export const BLOCK: u32 = MESSAGE + 72; // its buffer: R, A in the first round
export const RAW256: u32 = BLOCK + 128; // SHA-256 over the file as served
export const RAW512: u32 = RAW256 + 104; // SHA-512 likewise, where a digest of it is listed
export const OBJECT256: u32 = RAW512 + 200; // SHA-256 over one object inside a file: a key, must-match data

// --- trust ----------------------------------------------------------------------------------------------------------
export const ROOT_DIRECTOR: u32 = OBJECT256 + 104; // Root in force: KEYSET_SIZE
export const KEYS_MAX: u32 = 32;
export const KEYSET_SIZE: u32 = 64 + 32 * 44; // see keyset.ts
export const STAGED: u32 = ROOT_DIRECTOR + KEYSET_SIZE; // Root being read; own entry of Director Targets
export const CIPHER: u32 = STAGED + 128; // the encrypted form of the own entry: EXPECTED_SIZE
export const CIPHER_TEXTS: u32 = CIPHER + 128; // its method, then its wrapped key, as they stand: 2 x TOKEN_SIZE
export const RECORD: u32 = STAGED + KEYSET_SIZE; // trusted record: trusted.ts
export const RECORD_SIZE: u32 = 512;
export const REPORT: u32 = RECORD + RECORD_SIZE; // abi.ts
export const REPORT_SIZE: u32 = 256;
export const NAME: u32 = REPORT + REPORT_SIZE; // role or image name asked for
export const NAME_SIZE: u32 = 256;
export const IDENTITY: u32 = NAME + NAME_SIZE; // vehicle tag 16, serial tag 16, hardware tag 16, installed SHA-256 32, nonce 32
export const IDENTITY_SIZE: u32 = 112;
export const PARTIAL_END: u32 = IDENTITY + IDENTITY_SIZE;

// --- full verification ----------------------------------------------------------------------------------------------
export const ROOT_IMAGE: u32 = PARTIAL_END;
export const EXPECTED: u32 = ROOT_IMAGE + KEYSET_SIZE; // what pointing files state of the next ones: 4 x EXPECTED_SIZE
export const EXPECTED_SIZE: u32 = 128; // entry.ts
export const WANTED: u32 = EXPECTED + 4 * EXPECTED_SIZE; // image name being searched
export const WANTED_SIZE: u32 = 256;
export const SEARCH: u32 = WANTED + WANTED_SIZE; // one of: delegation search, or a piece of the stored Snapshot
export const KEYS: u32 = SEARCH; // keys of the delegations read last
export const FRAMES: u32 = KEYS + KEYSET_SIZE; // DELEGATION_DEPTH_MAX + 2 x FRAME_SIZE
export const FRAME_SIZE: u32 = 320; // see frames.ts
export const RESULTS: u32 = FRAMES + 10 * FRAME_SIZE; // what the roles of multi-role delegations found: RESULTS_MAX x 24, see agreement.ts
export const SEARCH_END: u32 = RESULTS + 32 * 24;
export const FULL_END: u32 = SEARCH_END + 128; // with one row

// --- Primary and servers --------------------------------------------------------------------------------------------
export const ROWS: u32 = SEARCH_END; // ECUS_MAX x { ECU 64 | image 64 }
export const ROW_SIZE: u32 = 128;
export const SAVED: u32 = ROWS + 256 * ROW_SIZE; // the work area, put aside while a manifest's inner signature is checked
export const AGREED: u32 = SAVED; // of a Primary, in the same place: images a repository map has decided for: AGREED_MAX x 32
export const MEMORY_SIZE: u32 = 65536;

// --- bounds ---------------------------------------------------------------------------------------------------------
export const DEPTH_MAX: u32 = 32; // open objects and arrays
export const NAME_MAX: u32 = 255; // bytes of one member name, image or role name
export const SIGNATURES_MAX: u32 = 16; // entries in one file
export const ECUS_MAX: u32 = 256; // per vehicle
export const DELEGATION_DEPTH_MAX: u32 = 8; // files below the top-level Targets
export const AGREED_MAX: u32 = 256; // images
export const VISITS_MAX: u32 = 64; // roles visited in one search
export const RESULTS_MAX: u32 = 32; // results of roles held at a time, over all nesting
export const ROOT_STEPS_MAX: u32 = 64; // Roots taken in one cycle and repository; progress is kept
export const PASSES_MAX: u32 = 4096; // files read in one session
export const VERSION_MAX: u64 = 0x1fffffffffffff; // 2^53 - 1
export const ROOT_LIMIT: u32 = 65536; // X, bytes
export const TIMESTAMP_LIMIT: u32 = 16384; // Y
export const SNAPSHOT_LIMIT: u32 = 8388608; // where Timestamp gives no length
export const TARGETS_LIMIT: u32 = 16777216; // Z
export const DIRECTOR_TARGETS_LIMIT: u32 = 1048576;
export const MANIFEST_LIMIT: u32 = 1048576;
export const MAP_LIMIT: u32 = 65536;
export const TIME_LIMIT: u32 = 65536;
export const REPORT_AHEAD_MAX: u32 = 86400; // seconds by which the time in a report may be ahead of the Director's
export const TIME_JUMP_MAX: u32 = 315360000; // seconds: ten years in a warehouse
