/** Which dialect the files of a pack are in, read from its head where that says so and from the files where it does not. */
import { keyId } from "../../bindings/keys.ts";
import type { Case, Content, Pack } from "./pack.ts";

interface PublicKey {
  keytype?: unknown;
  scheme?: unknown;
  keyval?: { public?: unknown };
}

interface Envelope {
  signed: { _type?: unknown; keys?: Record<string, PublicKey>; roles?: Record<string, { keyids?: unknown }> };
}

/** Profiles whose files are in the shape of TUF 1.0: envelope, lower-case types, key objects with a scheme, four roles. */
const SUPPORTED = new Set(["pouf", "uptane-2.1.0-shaped"]);

/** Schemes that are to come. A scheme nobody knows is for the core to refuse. */
const PLANNED = /^(ecdsa|rsa)/i;

/**
 * Why these files cannot be run yet, or undefined.
 *
 * @param files  what each repository serves, in every step
 */
export function unsupported(pack: Pack, files: readonly Map<string, Uint8Array>[]): string | undefined {
  if (pack.profile !== undefined && !SUPPORTED.has(pack.profile)) return `profile ${pack.profile}`;
  const roots = files.flatMap((map) => [...map].filter(([path]) => path.endsWith("root.json")).map(([, bytes]) => parse(bytes)));
  const known = roots.filter((root): root is Envelope => root !== undefined);
  if (pack.profile === undefined && known.some(({ signed }) => typeof signed._type === "string" && /^[A-Z]/.test(signed._type))) return "profile with capitalised types";
  for (const { signed } of known) {
    const keys = new Map(Object.entries(signed.keys ?? {}));
    for (const role of Object.values(signed.roles ?? {})) {
      for (const id of Array.isArray(role?.keyids) ? role.keyids : []) {
        const key = keys.get(String(id));
        const other = [key?.scheme, key?.keytype].find((word) => typeof word === "string" && PLANNED.test(word));
        if (other !== undefined) return `scheme ${String(other)}`;
      }
    }
  }
  return undefined;
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
