/**
 * The Director's database: node:sqlite, every commit on disk before it is answered. Times are whole seconds since
 * 1970-01-01T00:00:00Z. Portable SQL, keyed by vehicle.
 */
/// <reference path="./sqlite.d.ts" />
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

const SCHEMA_VERSION = 3;

/**
 * A signed file is never changed and never removed, so its version number can carry nothing else, over restarts and for every process
 * on this database (formal finding W2). The numbers follow from what is stored: storing the file is what uses its number up.
 */
const SCHEMA = `
CREATE TABLE vehicle (
  vin TEXT PRIMARY KEY,
  primary_serial TEXT NOT NULL,
  registered INTEGER NOT NULL,
  manifest_at INTEGER,            -- when the newest good manifest came
  record BLOB,                    -- trusted record of the rehearsal: what a vehicle that took every set would hold
  version_floor INTEGER NOT NULL DEFAULT 0, -- newest set the vehicle said it holds, where that was above ours
  refused INTEGER NOT NULL DEFAULT 0, -- manifests dropped; counted, since whoever sends them must not fill the store
  refused_at INTEGER,
  refused_status TEXT             -- name in assembly/status.ts
) STRICT;
CREATE TABLE ecu (
  vin TEXT NOT NULL REFERENCES vehicle,
  position INTEGER NOT NULL,      -- 0: the Primary
  serial TEXT NOT NULL,
  hardware_id TEXT NOT NULL,
  public_key BLOB NOT NULL,       -- 32 bytes, Ed25519
  image_key TEXT,                 -- JSON: kind, key in hex; what its images may be encrypted with
  report_counter INTEGER NOT NULL DEFAULT -1,
  release_counter INTEGER NOT NULL DEFAULT -1,
  installed TEXT,                 -- JSON: filepath, length, hashes; of the newest good report, before that as registered
  reported INTEGER,               -- attested time inside the newest good report
  silent INTEGER NOT NULL DEFAULT 0, -- 1: the newest manifest had only a report of it that was seen before
  attack TEXT,                    -- newest attack note that was not empty
  attack_at INTEGER,
  PRIMARY KEY (vin, serial),
  UNIQUE (vin, position)
) STRICT;
CREATE TABLE nonce (              -- of the reports that were taken, as the core hands them out
  number INTEGER PRIMARY KEY,
  vin TEXT NOT NULL, serial TEXT NOT NULL, nonce TEXT NOT NULL,
  UNIQUE (vin, serial, nonce),
  FOREIGN KEY (vin, serial) REFERENCES ecu
) STRICT;
CREATE TABLE known_image (        -- registered or ordered for this ECU, ever
  vin TEXT NOT NULL, serial TEXT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (vin, serial, sha256)
) STRICT;
CREATE TABLE assignment (
  number INTEGER PRIMARY KEY,
  vin TEXT NOT NULL, serial TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  ordered INTEGER NOT NULL,
  image TEXT NOT NULL,            -- JSON: name, length, hashes, releaseCounter, cipher
  ended INTEGER,
  ending TEXT,                    -- confirmed, replaced or withdrawn
  FOREIGN KEY (vin, serial) REFERENCES ecu
) STRICT;
CREATE UNIQUE INDEX assignment_open ON assignment (vin, serial) WHERE ended IS NULL;
CREATE TABLE manifest (
  number INTEGER PRIMARY KEY,
  vin TEXT NOT NULL REFERENCES vehicle,
  received INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  attacks TEXT NOT NULL           -- JSON: serial -> note
) STRICT;
CREATE INDEX manifest_vin ON manifest (vin, number);
CREATE TABLE alert (
  number INTEGER PRIMARY KEY,
  vin TEXT NOT NULL REFERENCES vehicle,
  at INTEGER NOT NULL,
  serial TEXT NOT NULL,           -- '' when it is about the whole vehicle
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX alert_vin ON alert (vin, number);
CREATE TABLE signed_file (
  vin TEXT NOT NULL REFERENCES vehicle,
  role TEXT NOT NULL CHECK (role IN ('timestamp', 'snapshot', 'targets')),
  version INTEGER NOT NULL CHECK (version > 0),
  bytes BLOB NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY (vin, role, version)
) STRICT;
CREATE TRIGGER signed_file_rises BEFORE INSERT ON signed_file
WHEN NEW.version <= (SELECT max(version) FROM signed_file WHERE vin = NEW.vin AND role = NEW.role)
BEGIN SELECT RAISE(ABORT, 'Cannot put a second content under one version'); END;
CREATE TRIGGER signed_file_stays BEFORE UPDATE ON signed_file
BEGIN SELECT RAISE(ABORT, 'Cannot change a signed file'); END;
CREATE TRIGGER signed_file_remains BEFORE DELETE ON signed_file
BEGIN SELECT RAISE(ABORT, 'Cannot remove a signed file'); END;
CREATE TABLE kept (               -- what the rehearsal keeps: role of assembly/abi.ts -> version
  vin TEXT NOT NULL REFERENCES vehicle, role INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (vin, role)
) STRICT;
`;

export type Row = Record<string, SQLOutputValue>;
export type Store = DatabaseSync;

/**
 * Opens the database, and makes it when there is none.
 *
 * @throws Error  for a database of another schema version, or a damaged one
 */
export function openStore(path: string): DatabaseSync {
  Deno.openSync(path, { create: true, write: true, mode: 0o600 }).close(); // its -wal and -shm files take the mode over
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000");
  const version = integer(db.prepare("PRAGMA user_version").get(), "user_version");
  if (version === 0) {
    transaction(db, () => {
      db.exec(SCHEMA);
      db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    });
  } else if (version !== SCHEMA_VERSION) {
    throw new Error(`the database has schema ${version}, this program knows ${SCHEMA_VERSION}`);
  }
  return db;
}

/** All of `work` or nothing of it. `work` is synchronous, so no other request comes between. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

/** Columns as the types the schema states; anything else is damage. */
export function text(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== "string") throw new Error(`Cannot read column ${column}: no text`);
  return value;
}

export function integer(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== "number") throw new Error(`Cannot read column ${column}: no integer`);
  return value;
}

export function blob(row: Row | undefined, column: string): Uint8Array {
  const value = row?.[column];
  if (!(value instanceof Uint8Array)) throw new Error(`Cannot read column ${column}: no bytes`);
  return value;
}

/** The column, or undefined where it is NULL. */
export function maybe<T>(row: Row, column: string, read: (row: Row, column: string) => T): T | undefined {
  return row[column] === null ? undefined : read(row, column);
}
