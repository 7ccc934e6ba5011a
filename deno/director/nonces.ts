/** The nonces that reports had: none counts twice (Uptane 2.1.0 §5.3.2.1 step 4). They are kept as the core hands them out. */
import type { Store } from "./store.ts";

const NONCES_KEPT = 1000; // per ECU: older reports are told by their counter

export function isUsed(db: Store, vin: string, serial: string, nonce: string | undefined): boolean {
  return nonce !== undefined && db.prepare("SELECT 1 FROM nonce WHERE vin = ? AND serial = ? AND nonce = ?").get(vin, serial, nonce) !== undefined;
}

/** Part of the caller's transaction. */
export function use(db: Store, vin: string, serial: string, nonce: string | undefined): void {
  if (nonce === undefined) return;
  db.prepare("INSERT INTO nonce (vin, serial, nonce) VALUES (?, ?, ?)").run(vin, serial, nonce);
  db.prepare("DELETE FROM nonce WHERE vin = ? AND serial = ? AND number <= (SELECT number FROM nonce WHERE vin = ? AND serial = ? ORDER BY number DESC LIMIT 1 OFFSET ?)")
    .run(vin, serial, vin, serial, NONCES_KEPT);
}
