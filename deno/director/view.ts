/** What the operator sees of a vehicle. */
import { date } from "../../bindings/metadata.ts";
import { seconds } from "../judge.ts";
import { type Ecu, unexpected, vehicle } from "./inventory.ts";
import { type Assignment, lastOrdered, openAssignments } from "./orders.ts";
import { integer, maybe, type Store, text } from "./store.ts";

const ALERTS_SHOWN = 50;

/**
 * What is known of an ECU:
 *   unreported  no report yet
 *   unknown     its newest report was made before its newest order, or the newest manifest had only an old one: what it runs is not known (W4)
 *   unexpected  it reports an image that was neither registered nor ordered
 *   pending     a report made after the order shows another image than the one ordered
 *   installed   nothing is open
 */
export type EcuState = "unreported" | "unknown" | "unexpected" | "pending" | "installed";

function state(db: Store, vin: string, x: Ecu, open: Assignment | undefined): EcuState {
  if (x.reported === undefined) return "unreported";
  if (unexpected(db, vin, x)) return "unexpected";
  if (x.silent === true || x.reported < (lastOrdered(db, vin, x.serial) ?? 0)) return "unknown";
  return open === undefined ? "installed" : "pending";
}

/** @throws HttpError 404 */
export function inventory(db: Store, vin: string): object {
  const { ecus, manifestAt } = vehicle(db, vin);
  const open = openAssignments(db, vin);
  const row = db.prepare("SELECT refused, refused_at, refused_status FROM vehicle WHERE vin = ?").get(vin) ?? {};
  return {
    vin,
    time: date(seconds()),
    lastManifest: instant(manifestAt),
    refusedManifests: { count: integer(row, "refused"), last: instant(maybe(row, "refused_at", integer)), status: maybe(row, "refused_status", text) ?? null },
    ecus: ecus.map((x, position) => {
      const assignment = open.find((y) => y.serial === x.serial);
      return {
        serial: x.serial,
        primary: position === 0,
        hardwareId: x.hardwareId,
        state: state(db, vin, x, assignment),
        installed: x.installed ?? null,
        sha256: x.installed?.hashes.sha256 ?? null,
        releaseCounter: x.releaseCounter,
        reportCounter: x.reportCounter,
        reported: instant(x.reported),
        attack: x.attack === undefined ? null : { note: x.attack, at: instant(x.attackAt) },
        assignment: assignment === undefined ? null : { correlationId: assignment.correlationId, ordered: date(assignment.ordered), image: assignment.image },
      };
    }),
    alerts: db.prepare("SELECT at, serial, kind, detail FROM alert WHERE vin = ? ORDER BY number DESC LIMIT ?").all(vin, ALERTS_SHOWN)
      .map((x) => ({ at: date(integer(x, "at")), serial: text(x, "serial"), kind: text(x, "kind"), detail: text(x, "detail") })),
  };
}

function instant(at: number | undefined): string | null {
  return at === undefined ? null : date(at);
}
