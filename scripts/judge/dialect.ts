/** Which dialect the files of a pack are in: read from its head where that says so, and from the files themselves where it does not. */
import { OPTION_AKTUALIZR, OPTION_EMPTY_FOR_ANY_VEHICLE, OPTION_LABELS, OPTION_NO_DIRECTOR_SNAPSHOT } from "../../assembly/abi.ts";
import { keyId } from "../../bindings/keys.ts";
import type { Case, Content, Pack } from "./pack.ts";

export interface PublicKey {
  keytype?: unknown;
  scheme?: unknown;
  keyval?: { public?: unknown };
}

interface Roles {
  keys?: Record<string, PublicKey>;
  roles?: Record<string, { keyids?: unknown } | undefined> | { keyids?: unknown }[];
}

interface Envelope {
  signed: Roles & { _type?: unknown; delegations?: Roles | null };
}

type Files = ReadonlyMap<string, Uint8Array>;

/** Profiles that the core reads: TUF's shape, with four roles, and aktualizr's. */
const SUPPORTED = new Set(["pouf", "uptane-2.1.0-shaped", "aktualizr"]);

/** Schemes that are to come. A scheme nobody knows is for the core to refuse. */
const PLANNED = /^(ecdsa|rsa|ecprime)/i;

/**
 * Why these files cannot be run yet, or undefined.
 *
 * @param files  what each repository serves, in every step
 */
export function unsupported(pack: Pack, files: readonly Files[]): string | undefined {
  if (pack.profile !== undefined && !SUPPORTED.has(pack.profile)) return `profile ${pack.profile}`;
  for (const { signed } of metadata(files)) {
    const scheme = plannedOf(signed) ?? plannedOf(signed.delegations ?? {});
    if (scheme !== undefined) return `scheme ${scheme}`;
  }
  return undefined;
}

/** A scheme among the keys that may sign something here. */
function plannedOf({ keys, roles }: Roles): string | undefined {
  const known = new Map(Object.entries(keys ?? {}));
  for (const role of Object.values(roles ?? {})) {
    for (const id of Array.isArray(role?.keyids) ? role.keyids : []) {
      const scheme = planned(known.get(String(id)));
      if (scheme !== undefined) return scheme;
    }
  }
  return undefined;
}

/** The family of a key's scheme, where it is one that is to come. */
export function planned(key: PublicKey | undefined): string | undefined {
  const family = [key?.scheme, key?.keytype].map((text) => (typeof text === "string" ? PLANNED.exec(text)?.[1]?.toLowerCase() : undefined));
  return family.find((word) => word !== undefined);
}

/** Most of the files have capitalised types. One odd type does not make a dialect: it is what a case is about. */
export function speaksAktualizr(files: readonly Files[]): boolean {
  const types = metadata(files).map(({ signed }) => signed._type).filter((type) => typeof type === "string");
  return types.filter((type) => /^[A-Z]/.test(type)).length * 2 > types.length;
}

/**
 * OPTION_* of the dialect. The two policies are what a provisioning would name: a Director that never serves a Timestamp has none, and a vehicle
 * whose provisioning gives it no identifier cannot be named in Targets.
 *
 * @param director  what the Director serves, in every step
 */
export function dialectOptions(pack: Pack, files: readonly Files[], director: readonly Files[], vin: string | undefined): number {
  if (!speaksAktualizr(files)) return usesLabels(pack) ? OPTION_LABELS : 0;
  const timestamp = director.some((step) => step.has("timestamp.json"));
  return OPTION_AKTUALIZR | (timestamp ? 0 : OPTION_NO_DIRECTOR_SNAPSHOT) | (vin === undefined ? OPTION_EMPTY_FOR_ANY_VEHICLE : 0);
}

const labels = new WeakMap<Pack, boolean>();

/**
 * Whether the key ids of a pack are labels: most of those in its Roots are not the hash of their key. One odd id does not make a
 * dialect: it is what a case is about.
 */
export function usesLabels(pack: Pack): boolean {
  let known = labels.get(pack);
  if (known === undefined) {
    let hashed = 0;
    let other = 0;
    for (const root of pack.cases.slice(0, 64).flatMap(firstRoots)) {
      for (const [id, key] of Object.entries(root.signed.keys ?? {})) id === hashOf(key) ? hashed++ : other++;
    }
    known = other > hashed;
    labels.set(pack, known);
  }
  return known;
}

function firstRoots(one: Case & { steps?: { director?: Served; image_repo?: Served }[]; trusted_root?: Content }): Envelope[] {
  const step = one.steps?.[0];
  const contents = [step?.director?.files["1.root.json"], step?.image_repo?.files["1.root.json"], one.trusted_root];
  return contents.flatMap((content) => (content?.utf8 === undefined ? [] : parse(Buffer.from(content.utf8)) ?? []));
}

interface Served {
  files: Record<string, Content>;
}

function hashOf(key: PublicKey): string {
  const { keytype, scheme, keyval } = key;
  if (keytype !== "ed25519" || scheme !== "ed25519" || typeof keyval?.public !== "string") return "";
  return keyId({ keytype, scheme, keyval: { public: keyval.public } });
}

function metadata(files: readonly Files[]): Envelope[] {
  return files.flatMap((map) => [...map].filter(([path]) => path.endsWith(".json")).flatMap(([, bytes]) => parse(bytes) ?? []));
}

function parse(bytes: Uint8Array): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const signed: unknown = typeof value === "object" && value !== null && "signed" in value ? value.signed : undefined;
    return typeof signed === "object" && signed !== null ? { signed } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // not JSON: what the case is about
    throw error;
  }
}
