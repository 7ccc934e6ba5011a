/** Kinds `uptane-partial`, and our own `time`, `manifest` and `ecu-report`: one session a step, state kept from step to step. */
import { createHash } from "node:crypto";
import {
  OPTION_AKTUALIZR, OPTION_FRESH_TIME, OPTION_ROOT_CHAIN, REPORT_NONE, REPORT_OLD, REPORT_TAKEN, REPORT_UNCOUNTED, ROLE_ROOT, SESSION_ECU_REPORT, SESSION_MANIFEST, SESSION_PARTIAL,
  SESSION_TIME,
} from "../../assembly/abi.ts";
import { Core, type Reported, type Want } from "../../bindings/core.ts";
import { date } from "../../bindings/metadata.ts";
import { metadataFile } from "../../bindings/urls.ts";
import { sizesOf } from "./cut.ts";
import { type Decryption, decrypted } from "./decrypted.ts";
import { dialectOptions, unsupported } from "./dialect.ts";
import { rising } from "./order.ts";
import { Memory, type Offer } from "./memory.ts";
import { type Case, type Content, type Expectation, type Pack, bytesOf, clockOf, filesOf } from "./pack.ts";
import { recordWithTargets } from "./record.ts";
import type { Circumstances, Skip, Step, Verdict } from "./verdict.ts";

interface Ecu {
  serial: string;
  hardware_id: string;
  vin?: string;
  release_counter?: number;
  installed_sha256?: string;
}

type PartialExpectation = Expectation & { target?: string | null };

interface PartialStep {
  targets: Content;
  image?: Content | null;
  cipher?: Content | null; // our own packs: what is served where it is encrypted for this ECU
  decrypted?: Record<string, Decryption>; // our own packs: by ECU serial
  roots?: Record<string, Content>; // our own packs: newer Roots of the Director, asked for one by one
  time?: { nonce_hex: string; attestation: Content | null }; // our own packs: nothing is installed without an attestation in this step; a bad one is as good as none
  expect: PartialExpectation;
}

export interface PartialCase extends Case, Partial<Omit<PartialStep, "expect">> {
  trusted_root: Content;
  ecu: Ecu;
  stored_targets_version?: number | null;
  chunk_size?: number;
  cuts?: number[]; // our own packs: bytes of the pieces of every file
  expect?: PartialExpectation;
  steps?: PartialStep[]; // our own packs
}

export async function partialCase(pack: Pack, one: PartialCase, circumstances: Circumstances): Promise<Step[] | Skip> {
  const trusted = bytesOf(one.trusted_root);
  const steps = one.steps ?? [one as PartialStep];
  const files = [new Map([["root.json", trusted]]), ...steps.map((step) => new Map([["targets.json", bytesOf(step.targets)]]))];
  const cannot = unsupported(pack, files);
  if (cannot !== undefined) return { skip: cannot };
  const core = Core.load({ partial: true });
  const dialect = dialectOptions(pack, files, [], one.ecu.vin);
  const inOrder = dialect === 0 ? (bytes: Uint8Array) => bytes : rising;
  const first = steps[0];
  if (one.stored_targets_version != null && first !== undefined) core.setRecord(recordWithTargets(one.stored_targets_version, inOrder(bytesOf(first.targets))));
  const memory = new Memory(core, sizesOf(circumstances.piece, one.cuts ?? [one.chunk_size ?? 0]), circumstances.trace);
  const answers: Step[] = [];
  for (const step of steps) {
    const roots = filesOf(step.roots ?? {});
    let image: string | null = null;
    const offer: Offer = {
      provisioned: () => inOrder(trusted),
      served: (want) => (want.role === ROLE_ROOT ? roots.get(metadataFile(want)) : inOrder(bytesOf(step.targets))),
      image: (want) => {
        image = want.name;
        if (want.encrypted !== undefined) return decrypted(want.encrypted, step.decrypted?.[one.ecu.serial]);
        return step.image == null ? undefined : bytesOf(step.image);
      },
      cipher: () => (step.cipher == null ? undefined : bytesOf(step.cipher)),
    };
    const { time } = step;
    if (time !== undefined) {
      await memory.judge({ ...offer, served: () => (time.attestation === null ? undefined : bytesOf(time.attestation)) }, async (session) => {
        introduce(core, one.ecu, time.nonce_hex);
        core.open(SESSION_TIME, 0, clockOf(pack));
        await session();
        return { got: "accept" };
      });
    }
    const verdict = await memory.judge(offer, async (session) => {
      introduce(core, one.ecu);
      const options = (step.roots === undefined ? 0 : OPTION_ROOT_CHAIN) | (time === undefined ? 0 : OPTION_FRESH_TIME);
      core.open(SESSION_PARTIAL, dialect | options, clockOf(pack));
      await session();
      return accepted(image, step.expect);
    });
    answers.push({ verdict, expect: step.expect });
  }
  return answers;
}

function accepted(image: string | null, expect: PartialExpectation): Verdict {
  if (expect.target === undefined || expect.target === image) return { got: "accept" };
  return { got: expect.result === "accept" ? `accept of ${image ?? "nothing"}` : "accept" };
}

function introduce(core: Core, ecu: Ecu, nonce?: string): void {
  core.forget();
  core.identify({
    vehicle: ecu.vin ?? "",
    serial: ecu.serial,
    hardwareId: ecu.hardware_id,
    counter: ecu.release_counter ?? -1,
    ...(ecu.installed_sha256 === undefined ? {} : { installed: ecu.installed_sha256 }),
    ...(nonce === undefined ? {} : { nonce }),
  });
}

interface TimeStep {
  nonce_hex: string; // what this ECU put into its last report
  attestation: Content;
  expect: Expectation;
}

export interface TimeCase extends Case {
  trusted_root: Content; // of the Director; names the keys of the time source
  ecu: Ecu;
  steps: TimeStep[];
}

/** Takes time attestations one after the other, as every ECU does. */
export async function timeCase(pack: Pack, one: TimeCase, circumstances: Circumstances): Promise<Step[] | Skip> {
  const core = Core.load({ partial: true });
  const memory = new Memory(core, sizesOf(circumstances.piece, []), circumstances.trace);
  const answers: Step[] = [];
  for (const step of one.steps) {
    const offer: Offer = { provisioned: () => bytesOf(one.trusted_root), served: () => bytesOf(step.attestation), image: nothing };
    const verdict = await memory.judge(offer, async (session) => {
      introduce(core, one.ecu, step.nonce_hex);
      core.open(SESSION_TIME, 0, clockOf(pack));
      await session();
      return { got: "accept" };
    });
    answers.push({ verdict, expect: step.expect });
  }
  return answers;
}

export interface ManifestCase extends Case {
  vin: string;
  ecus: { serial: string; hardware_id: string; public_hex: string; last_report_counter: number }[]; // the Primary first; -1: no report yet
  manifest: Content; // or one report, in kind ecu-report
  expect?: Expectation & Handed;
}

/** What is told of each ECU's report besides; what a pack leaves out is not compared. */
interface Handed {
  reports?: string[]; // "taken", "old", "uncounted" or "none"
  counters?: (number | null)[];
  nonces?: (string | null)[];
  times?: string[];
}

const OUTCOMES = new Map<number, string>([[REPORT_NONE, "none"], [REPORT_TAKEN, "taken"], [REPORT_OLD, "old"], [REPORT_UNCOUNTED, "uncounted"]]);

/** The difference between what the core hands out and what the pack expects, or undefined. */
function handedOut(told: Reported[], expect: Handed): string | undefined {
  const tag = (nonce: string) => createHash("sha256").update(nonce).digest("hex").slice(0, 32);
  const pairs: [what: string, got: unknown[], wanted: unknown[] | undefined][] = [
    ["reports", told.map((x) => OUTCOMES.get(x.outcome)), expect.reports],
    ["counters", told.map((x) => (x.counter < 0 ? null : x.counter)), expect.counters],
    ["nonces", told.map((x) => x.nonce ?? null), expect.nonces?.map((nonce) => (nonce === null ? null : tag(nonce)))],
    ["times", told.map((x) => date(x.time)), expect.times],
  ];
  const wrong = pairs.find(([, got, wanted]) => wanted !== undefined && JSON.stringify(got) !== JSON.stringify(wanted));
  return wrong === undefined ? undefined : `accept with ${wrong[0]} ${JSON.stringify(wrong[1])}, not ${JSON.stringify(wrong[2])}`;
}

/** What a Director does with a manifest; with `report`, what a Primary does with a report of a Secondary. */
export function manifestRunner(kind: "manifest" | "ecu-report") {
  return async (pack: Pack, one: ManifestCase, circumstances: Circumstances): Promise<Step[] | Skip> => {
    const core = Core.load();
    const memory = new Memory(core, sizesOf(circumstances.piece, []), circumstances.trace);
    const offer: Offer = { provisioned: nothing, served: () => bytesOf(one.manifest), image: nothing };
    const verdict = await memory.judge(offer, async (session) => {
      const primary = one.ecus[0];
      core.forget();
      core.identify({ vehicle: one.vin, serial: primary?.serial ?? "", hardwareId: primary?.hardware_id ?? "", counter: -1 });
      for (const ecu of one.ecus) {
        const bytes32 = Buffer.from(ecu.public_hex, "hex");
        core.ecu({ serial: ecu.serial, hardwareId: ecu.hardware_id, counter: ecu.last_report_counter, bytes32 });
      }
      core.open(kind === "manifest" ? SESSION_MANIFEST : SESSION_ECU_REPORT, pack.profile === "aktualizr" ? OPTION_AKTUALIZR : 0, clockOf(pack));
      await session();
      return { got: handedOut(one.ecus.map((_, at) => core.reported(at)), one.expect ?? {}) ?? "accept" };
    });
    return [{ verdict, expect: one.expect ?? {} }];
  };
}

function nothing(_want: Want): undefined {
  return undefined;
}
