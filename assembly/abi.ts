/**
 * Every number that crosses the boundary, besides the verdicts of status.ts. asc, tsc and the C header all take this
 * file, so it holds plain constants only. Append, never renumber. docs/adr/0001 explains how the calls follow each other.
 */

// Sessions: what one `open` starts. Those marked P exist in the exports of partial verification too.
export const SESSION_CYCLE: u32 = 1; // full verification, Uptane 2.1.0 §5.4.4.2
export const SESSION_PARTIAL: u32 = 2; // P: partial verification, §5.4.4.1, then the image
export const SESSION_TIME: u32 = 3; // P: a time attestation
export const SESSION_IMAGE: u32 = 4; // the image of one ECU after a cycle: select(ecu) first
export const SESSION_MANIFEST: u32 = 5; // a vehicle version manifest, §5.3.2.1
export const SESSION_ECU_REPORT = 6; // one ECU version report
export const SESSION_JSON: u32 = 7; // the grammar alone
export const SESSION_SHA256: u32 = 8;
export const SESSION_SHA512: u32 = 9;
export const SESSION_SIGNATURE: u32 = 10; // window: signature 64, key 32; then the message is fed
export const SESSION_ENVELOPE: u32 = 11; // one signed file by keys of the host: the inventory holds key ids and keys, `now` is the threshold
export const SESSION_MAP: u32 = 12; // the repository map, for the image named by target(): docs/adr/0005

// Options of `open`, bits.
export const OPTION_DIRECTOR_ONLY = 1; // cycle: what a Director checks before it publishes
export const OPTION_IMAGE_ONLY = 2; // cycle: what an Image repository checks before it publishes; a TUF client
export const OPTION_PRIMARY = 4; // cycle: an ECU that is not in the inventory refuses Director Targets
export const OPTION_ROOT_CHAIN = 8; // partial: follow the Director's Root chain
export const OPTION_FRESH_TIME = 16; // nothing is installed unless this instance took an attestation since the last cycle
export const OPTION_LABELS = 32; // key ids are labels (TUF's dialect); else they are recomputed (our own)

export const OPTION_AKTUALIZR = 64; // aktualizr's dialect: docs/dialects.md
export const OPTION_NO_DIRECTOR_SNAPSHOT = 128; // with OPTION_AKTUALIZR: the Director serves Root and Targets only
export const OPTION_EMPTY_FOR_ANY_VEHICLE = 256; // with OPTION_AKTUALIZR: Director Targets without an image need not name the vehicle

export const OPTION_FOR_MAP = 512; // with OPTION_IMAGE_ONLY: what the repository selected says of the wanted image counts in SESSION_MAP, and leads to no image
export const OPTION_MAPPED = 1024; // cycle: no image for which no map has decided before

// What the core asks for next.
export const WANT_NOTHING = 0; // the session is over
export const WANT_FILE = 1;
export const WANT_IMAGE = 2; // after WANT_CIPHER: decrypted from what was brought then
export const WANT_CIPHER = 3; // the image as it is encrypted for the ECU: docs/adr/0006

export const DIRECTOR = 0;
export const IMAGE = 1;

export const ROLE_ROOT = 0;
export const ROLE_TIMESTAMP = 1;
export const ROLE_SNAPSHOT = 2;
export const ROLE_TARGETS = 3;
export const ROLE_TIME = 4;
export const ROLE_DELEGATED = 5;
export const ROLE_MANIFEST = 6;
export const ROLE_ECU_REPORT = 7;
export const ROLE_PAYLOAD = 8; // image bytes, or input of a bare session
export const ROLE_MAP = 9;

// Where the host gets the bytes.
export const SOURCE_NEW = 0; // from the repository (or the kept copy, if REPORT_SHA256 is its digest)
export const SOURCE_STORED = 1; // what it was told to keep
export const SOURCE_PROVISIONED = 2; // what the ECU was made with
export const SOURCE_AGAIN = 3; // the very bytes just fed

// Report, offsets in bytes from REPORT of layout.ts; u32 unless said otherwise.
export const REPORT_STATUS = 0;
export const REPORT_WANT = 4;
export const REPORT_REPOSITORY = 8; // of the file wanted; after an error of the file at fault
export const REPORT_ROLE = 12;
export const REPORT_SOURCE = 16;
export const REPORT_KEEP = 20; // 1: the file that just ended is trusted now; keep it, then save the record
export const REPORT_VERSION = 24; // u64, 0 = not known beforehand; of an image: its release counter + 1, 0 = it has none
export const REPORT_LIMIT = 32; // u64, bytes at most
export const REPORT_FOUND = 40; // u64, operands of an error
export const REPORT_EXPECTED = 48; // u64
export const REPORT_EVIDENCE = 56; // bits of evidence.ts, of the last file
export const REPORT_NOTES = 60;
export const REPORT_NAME_LENGTH = 64; // bytes at NAME of layout.ts: delegated role, or image
export const REPORT_HASHES = 68; // bit 0: REPORT_SHA256 is stated; bit 1: REPORT_SHA512
export const REPORT_ECU = 72; // the ECU an error is about
export const REPORT_KEPT_VERSION = 76; // u32 low, u32 high: version of the file that just ended
export const REPORT_SHA256 = 84; // 32 bytes
export const REPORT_SHA512 = 116; // 64 bytes
export const REPORT_METHOD = 180; // of an encrypted image: 1 + bytes of its method, at CIPHER_TEXTS of layout.ts; 0: it is not encrypted
export const REPORT_KEY = 184; // 1 + bytes of its wrapped key, TOKEN_SIZE behind; 0: it has none
// After `outcome(ecu)` of a manifest or a report, what that ECU's report says of itself: for the host's own checks, docs/adr/0001.
export const REPORT_COUNTER = 192; // u64, report counter + 1; 0 = it has none
export const REPORT_TIME = 200; // u64, timeserver_time in seconds
export const REPORT_NONCE = 208; // start of the SHA-256 of its nonce as text, 16 bytes; zeros = it has none

export const NOTE_SAME_VERSION = 1; // other bytes under a stored version were offered: the stored file stays in force
export const NOTE_ROOT_LIMIT = 2; // more Roots wait: the next cycle goes on from here
export const NOTE_TIME_RESET = 4; // the time source's key changed: the clock is at its minimum
export const NOTE_INSTALLED = 8; // partial: the own entry is what the ECU runs already

// State of one ECU after a cycle: `outcome(ecu)`.
export const ECU_NOT_NAMED = 0; // Director Targets has no entry for it
export const ECU_INSTALLED = 1; // the entry is what it runs
export const ECU_ORDERED = 2; // both repositories agree: fetch and install

// What came of one ECU's report in a manifest: `outcome(ecu)`.
export const REPORT_NONE = 0;
export const REPORT_TAKEN = 1;
export const REPORT_OLD = 2; // its counter was used before: dropped; the state of that ECU is unknown
export const REPORT_UNCOUNTED = 3; // with OPTION_AKTUALIZR: it has no counter, so whether it is new is not known

// Which field of an image differs between the repositories: found of Status.Mismatch.
export const FIELD_LENGTH = 1;
export const FIELD_HASHES = 2;
export const FIELD_RELEASE_COUNTER = 3;
export const FIELD_MUST_MATCH = 4;
export const FIELD_AGREEMENT = 5; // not what the repositories of the map agree on

// Evidence, bits: one for each step that held.
export const EVIDENCE_COMPLETE = 1; // well-formed to the end
export const EVIDENCE_TYPE = 2;
export const EVIDENCE_THRESHOLD = 4; // by the keys in force
export const EVIDENCE_OWN_THRESHOLD = 8; // Root: by the keys it states
export const EVIDENCE_VERSION = 16;
export const EVIDENCE_UNEXPIRED = 32;
export const EVIDENCE_POINTER = 64; // length, digests and version the pointing file states
export const EVIDENCE_LISTED = 128; // Snapshot: nothing vanished, nothing went back
export const EVIDENCE_RECORD = 256; // digest of the trusted record
export const EVIDENCE_ECUS = 512; // Director Targets: no delegations, no ECU twice, none unknown
export const EVIDENCE_VEHICLE = 1024;
export const EVIDENCE_NONCE = 2048;
export const EVIDENCE_LENGTH = 4096; // image
export const EVIDENCE_HASHES = 8192; // image
