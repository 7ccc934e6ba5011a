/** Signatures and keys: attack cases 1 to 8. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OPTION_LABELS, OPTION_PRIMARY, SESSION_CYCLE } from "../assembly/abi.ts";
import { KEYS_MAX, SIGNATURES_MAX } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { served } from "../bindings/canonical.ts";
import { Core } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import { type Key, keyId, type Signer } from "../bindings/keys.ts";
import * as metadata from "../bindings/metadata.ts";
import { type Payload, edited, nextRoot, orderedFrom, respelled, role, withstands } from "./attacks.ts";
import { fromBytes, L, toBytes } from "./oracle/edwards.ts";
import { type Repository, type World, key } from "./world.ts";

const test = suite("attacks: signatures and keys");
const LABELS = OPTION_PRIMARY | OPTION_LABELS;

/** Timestamp of the Image repository has these signers, by its Root. */
async function signedBy(world: World, signers: Signer[], threshold: number): Promise<void> {
  world.image.timestamp.signers = signers;
  world.image.timestamp.threshold = threshold;
  await world.image.publishRoot();
}

/** The payload of a Root in which the keys of Timestamp are listed otherwise. */
function relisted(payload: Payload, change: (keys: Map<string, Key>, role: { keyids: string[]; threshold: unknown }) => void): Payload {
  const keys = new Map(payload["keys"] as Map<string, Key>);
  const roles = new Map(payload["roles"] as Map<string, { keyids: string[]; threshold: number }>);
  const timestamp = { ...(roles.get("timestamp") as { keyids: string[]; threshold: number }) };
  change(keys, timestamp);
  roles.set("timestamp", timestamp);
  return { ...payload, keys, roles };
}

/** The same for the one delegation of the top-level Targets. */
function redelegated(payload: Payload, change: (keys: Map<string, Key>, role: { keyids: string[]; threshold: unknown }) => void): Payload {
  const { keys: listed, roles } = payload["delegations"] as { keys: Map<string, Key>; roles: { keyids: string[]; threshold: number }[] };
  const keys = new Map(listed);
  const [first, ...others] = roles;
  const delegate = { ...(first as { keyids: string[]; threshold: number }) };
  change(keys, delegate);
  return { ...payload, delegations: { keys, roles: [delegate, ...others] } };
}

async function supplier(world: World): Promise<void> {
  const made = role(world, "supplier");
  world.image.delegations = [made.delegation];
  orderedFrom(world, made);
}

const OTHER_ID = "ff".repeat(32);
const second = (keys: Map<string, Key>, { keyids }: { keyids: string[] }): Key => keys.get(keyids[0] as string) as Key;

test("case 1: one key signs twice where two are needed", async () => {
  const signers = [key(), key()];
  await withstands(Status.DuplicateSignature, async ({ image }) => {
    image.timestamp.signers = signers.slice(1);
    await image.publishNext();
    respelled(image, "timestamp.json", (text) => text.replace(/\[(\{[^}]*\})\]/, "[$1,$1]"));
  }, { setup: (world) => signedBy(world, signers, 2) });
});

test("case 2: one public key under two ids, in a Root and in a delegation, where ids are labels and where they are digests", async () => {
  const twice = (keys: Map<string, Key>, of: { keyids: string[]; threshold: unknown }): void => {
    keys.set(OTHER_ID, second(keys, of));
    of.keyids = [...of.keyids, OTHER_ID];
    of.threshold = 2;
  };
  for (const [options, status] of [[LABELS, Status.DuplicateKey], [OPTION_PRIMARY, Status.KeyId]] as const) {
    await withstands(status, ({ image }) => nextRoot(image, (payload) => relisted(payload, twice)), { options, about: "Root" });
    await withstands(status, ({ image }) => {
      edited(image, "targets.json", (payload) => redelegated(payload, twice));
      return image.publishNext();
    }, { options, setup: supplier, about: "delegation" });
  }
});

test("case 2: one id listed twice for a role counts once", async () => {
  const report = await withstands(Status.UnmetThreshold, async ({ image }) => {
    await nextRoot(image, (payload) => relisted(payload, (_keys, of) => {
      of.keyids = [...of.keyids, ...of.keyids];
      of.threshold = 2;
    }));
    await image.publishNext();
  }, { heal: mended });
  assert.equal([report.found, report.expected], [1n, 2n]);
});

// Their SHA-256 begin with the same 64 bits, as two texts may that somebody looks for; an id is known by so many.
const ALIKE = ["f71fa231b894564c", "0d5b4ce4cbbfd154"] as const;

test("case 3: two ids that are known by the same bits: neither a second key nor a second signature", async () => {
  const [one, other] = ALIKE.map((text) => metadata.hashes(new TextEncoder().encode(text)).sha256) as [string, string];
  assert.is(one.slice(0, 16), other.slice(0, 16));
  assert.is.not(one, other);
  const both = (keys: Map<string, Key>, of: { keyids: string[] }): void => {
    keys.set(ALIKE[0], second(keys, of)).set(ALIKE[1], key().public).delete(of.keyids[0] as string);
    of.keyids = [...ALIKE];
  };
  await withstands(Status.DuplicateKey, ({ image }) => nextRoot(image, (payload) => relisted(payload, both)), { options: LABELS, about: "Root" });
  await withstands(Status.DuplicateKey, ({ image }) => {
    edited(image, "targets.json", (payload) => redelegated(payload, both));
    return image.publishNext();
  }, { options: LABELS, setup: supplier, about: "delegation" });
  await withstands(Status.DuplicateSignature, async ({ image }) => {
    await image.publishNext();
    respelled(image, "timestamp.json", (text) => text.replace(/\[(\{"keyid":")[0-9a-f]*("[^}]*\})\]/, `[$1${ALIKE[0]}$2,$1${ALIKE[1]}$2]`));
  }, { options: LABELS, about: "signatures" });
});

/** The Root that was taken is followed by a good one. */
async function mended({ image }: World): Promise<void> {
  image.root.version = 3;
  await image.publishRoot();
}

test("case 3: a key id that is not the hash of the key", async () => {
  const renamed = (keys: Map<string, Key>, of: { keyids: string[] }): void => {
    keys.set(OTHER_ID, second(keys, of));
    keys.delete(of.keyids[0] as string);
    of.keyids = [OTHER_ID];
  };
  await withstands(Status.KeyId, ({ image }) => nextRoot(image, (payload) => relisted(payload, renamed)), { about: "Root" });
  await withstands(Status.KeyId, ({ image }) => {
    edited(image, "targets.json", (payload) => redelegated(payload, renamed));
    return image.publishNext();
  }, { setup: supplier, about: "delegation" });
});

test("case 4: thresholds that are none refuse the file that carries them", async () => {
  const rows = [[0, Status.ZeroThreshold], [-1, Status.Malformed], ["1", Status.Malformed], [null, Status.Malformed], [[1], Status.Malformed], [1001, Status.Limit]] as const;
  for (const [threshold, status] of rows) {
    const set = (_keys: Map<string, Key>, of: { threshold: unknown }): void => void (of.threshold = threshold);
    await withstands(status, ({ image }) => nextRoot(image, (payload) => relisted(payload, set)), { about: `Root ${JSON.stringify(threshold)}` });
    if (threshold === 1001) continue; // a delegation has no such bound: its threshold is not met
    await withstands(status, ({ image }) => {
      edited(image, "targets.json", (payload) => redelegated(payload, set));
      return image.publishNext();
    }, { setup: supplier, about: `delegation ${JSON.stringify(threshold)}` });
  }
  for (const [spelled, status] of [["1.0", Status.Fraction], ["1e0", Status.Fraction], ["9223372036854775808", Status.NumberRange], ["-0", Status.NumberRange]] as const) {
    await withstands(status, async ({ image }) => {
      await nextRoot(image, (payload) => payload);
      respelled(image, "2.root.json", (text) => text.replace('"threshold":1', `"threshold":${spelled}`));
    }, { about: spelled });
  }
});

test("case 4: a threshold above the number of keys: the Root is taken, the files of that role are not", async () => {
  const report = await withstands(Status.UnmetThreshold, async ({ image }) => {
    await nextRoot(image, (payload) => relisted(payload, (_keys, of) => void (of.threshold = 2)));
    await image.publishNext();
  }, { heal: mended });
  assert.equal([report.found, report.expected], [1n, 2n]);
});

const SPOILT: [about: string, change: (sig: string) => string][] = [
  ["empty", () => ""],
  ["one byte short", (sig) => sig.slice(2)],
  ["one byte more", (sig) => `${sig}00`],
  ["odd", (sig) => sig.slice(1)],
  ["upper case", (sig) => sig.toUpperCase()],
  ["no hex", (sig) => `zz${sig.slice(2)}`],
  ["S + L", (sig) => sig.slice(0, 64) + Buffer.from(toBytes(fromBytes(Buffer.from(sig.slice(64), "hex")) + L)).toString("hex")],
  ["another's", (sig) => sig.replace(/^./, (digit) => (Number.parseInt(digit, 16) ^ 1).toString(16))],
];

/** Spoils the first signature of Timestamp. */
async function spoilt(image: Repository, change: (sig: string) => string): Promise<void> {
  await image.publishNext();
  respelled(image, "timestamp.json", (text) => text.replace(/"sig":"([^"]*)"/, (_all, sig: string) => `"sig":"${change(sig)}"`));
}

test("case 5: a signature that is no good counts for nothing, and the file stands or falls by the others", async () => {
  for (const [about, change] of SPOILT) {
    await withstands(Status.BadSignature, ({ image }) => spoilt(image, change), { about });
    await withstands(Status.Ok, ({ image }) => spoilt(image, change), { setup: (world) => signedBy(world, [key(), key()], 1), about: `${about}, and a good one` });
    await withstands(Status.UnmetThreshold, ({ image }) => spoilt(image, change), { setup: (world) => signedBy(world, [key(), key()], 2), about: `${about}, and one of two` });
  }
});

test("case 5: a key of wrong length or in capitals refuses the Root that lists it", async () => {
  const good = key().public.keyval.public;
  const rows: [string, number][] = [
    [good.slice(2), Status.BadHex], [`${good}00`, Status.BadHex], ["", Status.BadHex], [good.slice(1), Status.BadHex], [good.replace(/[a-f]/g, (digit) => digit.toUpperCase()), Status.BadHex],
  ];
  for (const [text, status] of rows) {
    const bad: Key = { ...key().public, keyval: { public: text } };
    await withstands(status, ({ image }) => nextRoot(image, (payload) => relisted(payload, (keys, of) => {
      keys.set(keyId(bad), bad);
      of.keyids = [...of.keyids, keyId(bad)];
    })), { about: text });
  }
});

test("case 5: under a key off the curve or of small order nothing is signed, not even by the signature that fits every message", async () => {
  const small = `01${"00".repeat(31)}`; // the neutral point: R = A, S = 0 fits whatever is signed
  for (const text of [small, "00".repeat(32), `ec${"ff".repeat(30)}7f`, `02${"00".repeat(31)}`]) {
    const bad: Key = { ...key().public, keyval: { public: text } };
    await withstands(Status.BadSignature, async ({ image }) => {
      await nextRoot(image, (payload) => relisted(payload, (keys, of) => {
        keys.set(keyId(bad), bad);
        of.keyids = [keyId(bad)];
      }));
      await image.publishNext();
      respelled(image, "timestamp.json", (file) => file.replace(/"keyid":"[^"]*","sig":"[^"]*"/, `"keyid":"${keyId(bad)}","sig":"${small}${"00".repeat(32)}"`));
    }, { heal: mended, about: text });
  }
});

test("case 6: what a signature says of its scheme is nothing: the key decides", async () => {
  const says = (member: string) => async ({ image }: World): Promise<void> => {
    await image.publishNext();
    respelled(image, "timestamp.json", (text) => text.replace(/"keyid":"[0-9a-f]*"/, `$&,${member}`));
  };
  for (const member of ['"method":"rsassa-pss-sha256"', '"method":"ed25519"', '"scheme":null']) {
    await withstands(Status.Ok, says(member), { about: member });
  }
});

test("case 7: signatures of unknown keys next to enough good ones are ignored, up to the bound", async () => {
  for (const [strangers, status] of [[1, Status.Ok], [SIGNATURES_MAX - 1, Status.Ok], [SIGNATURES_MAX, Status.Limit]] as const) {
    await withstands(status, async ({ image }) => {
      image.timestamp.signers = [...Array.from({ length: strangers }, key), ...image.timestamp.signers];
      await image.publishNext();
    }, { about: `${strangers}` });
  }
});

test("case 8: 10,000 signatures, or 4,000 keys, are refused in the first pieces, long before any signature is looked at", async () => {
  const one = (i: number, more: string) => `{"keyid":"${i.toString(16).padStart(64, "0")}",${more}}`;
  const signatures = `{"signatures":[${Array.from({ length: 10_000 }, (_, i) => one(i, `"sig":"${"00".repeat(64)}"`)).join()}],"signed":{}}`;
  const shown = { ...key().public };
  const many = Array.from({ length: 4_000 }, (_, i) => ({ ...shown, keyval: { public: i.toString(16).padStart(64, "0") } }));
  const keys = Buffer.from(served({ signatures: [], signed: { _type: "root", keys: new Map(many.map((each) => [keyId(each), each])) } })).toString();
  for (const [text, bound] of [[signatures, SIGNATURES_MAX], [keys, KEYS_MAX]] as const) {
    const report = await withstands(Status.Limit, ({ image }) => void image.files.set("2.root.json", Buffer.from(text)), { about: `bound ${bound}` });
    assert.equal([Number(report.found), Number(report.expected)], [bound + 1, bound]);
    const core = Core.load();
    core.open(SESSION_CYCLE, OPTION_PRIMARY);
    let fed = 0;
    while (core.feed(Buffer.from(text.slice(fed, fed + 1024))).status === Status.Ok) fed += 1024;
    assert.is(statusName(core.report().status), "Limit");
    assert.ok(fed < 16 * 1024 && text.length > 500_000, `${fed} of ${text.length} bytes`);
  }
});

test.run();
