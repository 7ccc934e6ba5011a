// Written by scripts/grammar.mjs: do not edit.

/** Contexts of json.ts: where the rows of a record, map or list start. */
export const C_SKIPPED: u32 = 0;
export const C_TOP: u32 = 1;
export const C_FILE: u32 = 2;
export const C_SIGNATURES: u32 = 5;
export const C_SIGNATURE: u32 = 6;
export const C_ROOT: u32 = 9;
export const C_KEYS: u32 = 16;
export const C_KEY: u32 = 17;
export const C_KEYVAL: u32 = 21;
export const C_ROLES: u32 = 23;
export const C_ROLE: u32 = 24;
export const C_ROLE_IDS: u32 = 27;
export const C_TIME: u32 = 28;
export const C_NONCES: u32 = 32;
export const C_TARGETS_FILE: u32 = 33;
export const C_TARGETS_CUSTOM: u32 = 41;
export const C_TARGETS: u32 = 43;
export const C_TARGET: u32 = 44;
export const C_HASHES: u32 = 48;
export const C_CUSTOM: u32 = 49;
export const C_ECUS: u32 = 55;
export const C_ECU: u32 = 56;
export const C_ENCRYPTED: u32 = 58;
export const C_CIPHER: u32 = 59;
export const C_HARDWARE: u32 = 64;
export const C_META_FILE: u32 = 65;
export const C_META: u32 = 71;
export const C_META_ENTRY: u32 = 72;
export const C_DELEGATIONS: u32 = 76;
export const C_DELEGATION_KEYS: u32 = 80;
export const C_DELEGATION_LIST: u32 = 81;
export const C_DELEGATION: u32 = 82;
export const C_MANY: u32 = 92;
export const C_ONE: u32 = 93;
export const C_DELEGATION_IDS: u32 = 97;
export const C_PATHS: u32 = 98;
export const C_PREFIXES: u32 = 99;
export const C_FITS: u32 = 100;
export const C_SUCCINCT: u32 = 101;
export const C_MAP_FILE: u32 = 106;
export const C_MAP: u32 = 107;
export const C_MAPPINGS: u32 = 110;
export const C_MAPPING: u32 = 111;
export const C_MAP_NAMES: u32 = 116;
export const C_PART_FILE: u32 = 117;
export const C_ENTRIES: u32 = 120;
export const C_ENTRY: u32 = 121;
export const C_MANIFEST: u32 = 126;
export const C_REPORTS: u32 = 130;
export const C_REPORT: u32 = 131;
export const C_INSTALLED: u32 = 138;
export const C_FILEINFO: u32 = 141;

/** What a row sets off; containers have a second number one higher, for their end. */
export const SIGNED_OPENS = 1;
export const SIGNED_CLOSES = 2;
export const SIGNATURE_OPENS = 3;
export const SIGNATURE_CLOSES = 4;
export const KEY_ID = 5;
export const SIG = 6;
export const TYPE = 7;
export const EXPIRES = 8;
export const KEYS_OPENS = 9;
export const KEYS_CLOSES = 10;
export const VERSION = 11;
export const SPEC_VERSION = 12;
export const KEY_OPENS = 13;
export const KEY_CLOSES = 14;
export const KEYTYPE = 15;
export const SCHEME = 16;
export const PUBLIC = 17;
export const ROLE_OPENS = 18;
export const ROLE_CLOSES = 19;
export const THRESHOLD = 20;
export const ROLE_ID = 21;
export const TIME = 22;
export const NONCE = 23;
export const DELEGATIONS_OPENS = 24;
export const DELEGATIONS_CLOSES = 25;
export const VEHICLE = 26;
export const ENTRY_OPENS = 27;
export const ENTRY_CLOSES = 28;
export const LENGTH = 29;
export const HASH = 30;
export const ENCRYPTED_OPENS = 31;
export const ENCRYPTED_CLOSES = 32;
export const HARDWARE_IDS_OPENS = 33;
export const HARDWARE_IDS_CLOSES = 34;
export const MUST_MATCH_OPENS = 35;
export const MUST_MATCH_CLOSES = 36;
export const RELEASE = 37;
export const ECU_OPENS = 38;
export const ECU_CLOSES = 39;
export const HARDWARE = 40;
export const CIPHER_OPENS = 41;
export const CIPHER_CLOSES = 42;
export const METHOD = 43;
export const WRAPPED = 44;
export const FITS = 45;
export const META_OPENS = 46;
export const META_CLOSES = 47;
export const META_VERSION = 48;
export const SUCCINCT_OPENS = 49;
export const SUCCINCT_CLOSES = 50;
export const DELEGATION_KEY_OPENS = 51;
export const DELEGATION_KEY_CLOSES = 52;
export const DELEGATION_OPENS = 53;
export const DELEGATION_CLOSES = 54;
export const ROLE_NAME = 55;
export const ROLE_THRESHOLD = 56;
export const ROLE_HARDWARE_OPENS = 57;
export const ROLE_HARDWARE_CLOSES = 58;
export const TERMINATING = 59;
export const MANY_OPENS = 60;
export const MANY_CLOSES = 61;
export const AGREEMENT = 62;
export const ONE_OPENS = 63;
export const ONE_CLOSES = 64;
export const DELEGATION_ID = 65;
export const PATH = 66;
export const PREFIX = 67;
export const ROLE_FITS = 68;
export const BIT_LENGTH = 69;
export const MAPPING_OPENS = 70;
export const MAPPING_CLOSES = 71;
export const MAP_NAME = 72;
export const PART_OPENS = 73;
export const PART_CLOSES = 74;
export const ENTRY_OF_PART_OPENS = 75;
export const ENTRY_OF_PART_CLOSES = 76;
export const METHOD_OF_PART = 77;
export const SIG_OF_PART = 78;
export const PRIMARY = 79;
export const VIN = 80;
export const REPORT_OPENS = 81;
export const REPORT_CLOSES = 82;
export const ATTACKS = 83;
export const SERIAL = 84;
export const NONCE_OF_REPORT = 85;
export const COUNTER = 86;
export const TIME_OF_REPORT = 87;
export const FILEINFO_OPENS = 88;
export const FILEINFO_CLOSES = 89;

export const OBJECT: u32 = 1;
export const LIST: u32 = 2;
export const SHAPE: u32 = 7;
export const REQUIRED: u32 = 8;
export const NULL: u32 = 16;
export const LONG: u32 = 32;

const SMALL: u32 = 65;

// Each row: number of the word | shape | context of what opens | action, a byte each.
const table = memory.data<i32>([
  0x00000000, // skipped: *
  0x00020100, // top: *
  0x00050209, // file: signatures
  0x0100090a, // signed SIGNED
  0x00000000, // *
  0x03060100, // signatures: * SIGNATURE
  0x05000b0b, // signature: keyid KEY_ID
  0x06002b0c, // sig SIG
  0x00000000, // *
  0x07000b0d, // root: _type TYPE
  0x08000b0e, // expires EXPIRES
  0x0910090f, // keys KEYS
  0x00170910, // roles
  0x0b000c11, // version VERSION
  0x0c000312, // spec_version SPEC_VERSION
  0x00000000, // *
  0x0d110100, // keys: * KEY
  0x0f000b13, // key: keytype KEYTYPE
  0x00150914, // keyval
  0x10000315, // scheme SCHEME
  0x00000000, // *
  0x11002b16, // keyval: public PUBLIC
  0x00000000, // *
  0x12180100, // roles: * ROLE
  0x001b0a17, // role: keyids
  0x14000c18, // threshold THRESHOLD
  0x00000000, // *
  0x15000300, // role_ids: * ROLE_ID
  0x07000b0d, // time: _type TYPE
  0x00200219, // nonces
  0x16000b05, // time TIME
  0x00000000, // *
  0x17000300, // nonces: * NONCE
  0x07000b0d, // targets_file: _type TYPE
  0x08000b0e, // expires EXPIRES
  0x002b1904, // targets
  0x0b000c11, // version VERSION
  0x0c000312, // spec_version SPEC_VERSION
  0x0029111a, // custom
  0x1800111b, // delegations DELEGATIONS
  0x00000000, // *
  0x1a00031c, // targets_custom: vehicleId VEHICLE
  0x00000000, // *
  0x1b2c0100, // targets: * ENTRY
  0x0031111a, // target: custom
  0x0030011d, // hashes
  0x1d00041e, // length LENGTH
  0x00000000, // *
  0x1e000300, // hashes: * HASH
  0x0037111f, // custom: ecuIdentifiers
  0x1f3a0120, // encrypted ENCRYPTED
  0x21401221, // hardwareIds HARDWARE_IDS
  0x23000122, // mustMatch MUST_MATCH
  0x25000423, // releaseCounter RELEASE
  0x00000000, // *
  0x26380100, // ecus: * ECU
  0x28000b24, // ecu: hardwareId HARDWARE
  0x00000000, // *
  0x293b0100, // encrypted: * CIPHER
  0x0030091d, // cipher: hashes
  0x1d000c1e, // length LENGTH
  0x2b000b25, // method METHOD
  0x2c000326, // key WRAPPED
  0x00000000, // *
  0x2d000300, // hardware: * FITS
]);

let more: usize = 0;

/** From here on the files of full verification are known too. */
export function moreRows(): void {
  more = memory.data<i32>([
  0x07000b0d, // meta_file: _type TYPE
  0x08000b0e, // expires EXPIRES
  0x00470929, // meta
  0x0b000c11, // version VERSION
  0x0c000312, // spec_version SPEC_VERSION
  0x00000000, // *
  0x2e480100, // meta: * META
  0x0030011d, // meta_entry: hashes
  0x1d00041e, // length LENGTH
  0x30000c11, // version META_VERSION
  0x00000000, // *
  0x0050110f, // delegations: keys
  0x00511210, // roles
  0x3165112a, // succinct_roles SUCCINCT
  0x00000000, // *
  0x33110100, // delegation_keys: * DELEGATION_KEY
  0x35520100, // delegation_list: * DELEGATION
  0x3700032b, // delegation: name ROLE_NAME
  0x00610217, // keyids
  0x38000418, // threshold ROLE_THRESHOLD
  0x0062122c, // paths
  0x0063122d, // path_hash_prefixes
  0x39641221, // hardwareIds ROLE_HARDWARE
  0x3b00052e, // terminating TERMINATING
  0x3c5c0210, // roles MANY
  0x3e00042f, // min_roles_in_agreement AGREEMENT
  0x00000000, // *
  0x3f5d0100, // many: * ONE
  0x37000b2b, // one: name ROLE_NAME
  0x00610a17, // keyids
  0x38000c18, // threshold ROLE_THRESHOLD
  0x00000000, // *
  0x41000300, // delegation_ids: * DELEGATION_ID
  0x42000300, // paths: * PATH
  0x43000300, // prefixes: * PREFIX
  0x44000300, // fits: * ROLE_FITS
  0x37000b30, // succinct: name_prefix ROLE_NAME
  0x00610a17, // keyids
  0x38000c18, // threshold ROLE_THRESHOLD
  0x45000c31, // bit_length BIT_LENGTH
  0x00000000, // *
  0x006b0100, // map_file: *
  0x006e0a32, // map: mapping
  0x00000933, // repositories
  0x00000000, // *
  0x466f0100, // mappings: * MAPPING
  0x00620a2c, // mapping: paths
  0x00740a33, // repositories
  0x38000c18, // threshold ROLE_THRESHOLD
  0x3b00052e, // terminating TERMINATING
  0x00000000, // *
  0x48000300, // map_names: * MAP_NAME
  0x00780a09, // part_file: signatures
  0x4983090a, // signed PART
  0x00000000, // *
  0x4b790100, // entries: * ENTRY_OF_PART
  0x00300134, // entry: hash
  0x00000b0b, // keyid
  0x4d000b25, // method METHOD_OF_PART
  0x4e002b0c, // sig SIG_OF_PART
  0x00000000, // *
  0x00820935, // manifest: ecu_version_manifests
  0x4f000b36, // primary_ecu_serial PRIMARY
  0x50000337, // vin VIN
  0x00000000, // *
  0x51750100, // reports: * REPORT
  0x53002b38, // report: attacks_detected ATTACKS
  0x54000b39, // ecu_serial SERIAL
  0x008a093a, // installed_image
  0x5500033b, // nonce NONCE_OF_REPORT
  0x5600033c, // report_counter COUNTER
  0x57000b3d, // timeserver_time TIME_OF_REPORT
  0x00000000, // *
  0x588d093e, // installed: fileinfo FILEINFO
  0x00000b3f, // filepath
  0x00000000, // *
  0x0030091d, // fileinfo: hashes
  0x1d000c1e, // length LENGTH
  0x00000000, // *
  ]) - SMALL * 4;
}

/** The first row of a context. */
export function rows(context: u32): usize {
  return (context < SMALL ? table : more) + context * 4;
}
