/** Delegations: Uptane 2.1.0 §5.4.4.7, the search for an image in the Image repository; numbers are its steps. */
import { type Delegation, type Entry, date } from "../../bindings/metadata.ts";
import type { Signer } from "../../bindings/keys.ts";
import { type Clause, type Story } from "./story.ts";
import { BEFORE, type Delegated, LATER, NOW, key } from "./world.ts";

const image = new TextEncoder().encode("an image of a supplier");

/** A role file, and the delegation to it. */
function role(story: Story, name: string, paths: string[], change: Partial<Delegation> = {}, signers: Signer[] = [key()]): Delegated & { delegation: Delegation } {
  const file: Delegated = { role: { signers, threshold: 1, version: 1, expires: LATER }, targets: new Map() };
  story.world.image.delegated.set(name, file);
  return { ...file, delegation: { name, keys: signers.map((signer) => signer.public), threshold: 1, paths, ...change } };
}

/** The Director orders `name`; `where` is the file that lists it. */
function order(story: Story, name: string, where: Delegated): void {
  story.world.director.targets.clear();
  story.world.image.targets.clear();
  story.world.order(name, image, story.world.ecus, where.targets);
}

/** One supplier for `sup/*` who lists the image. */
function supplier(story: Story, change: Partial<Delegation> = {}): Delegated & { delegation: Delegation } {
  const made = role(story, "supplier", ["sup/*"], change);
  order(story, "sup/app.bin", made);
  story.world.image.delegations = [made.delegation];
  return made;
}

export const delegations: Clause = {
  folder: "delegations",
  kind: "uptane-client",
  about: "Delegated Targets: order, terminating, thresholds, keys of the delegating file, paths, hardware identifiers",
  stories: [
    ["simple", "A supplier lists the image.", async (story) => {
      supplier(story);
      await story.published("Ok");
    }],
    ["1-missing-file", "The delegated file is not served: the search ends, whatever others might know.", async (story) => {
      supplier(story);
      await story.world.publish();
      story.world.image.files.delete("1.supplier.json");
      story.comesTo("RoleInvalid");
    }],
    ["1-foreign-key", "The delegated file is signed by a key that the delegating file does not name.", async (story) => {
      supplier(story).role.signers = [key()];
      await story.published("RoleInvalid");
    }],
    ["1-top-level-key", "The delegated file is signed by the top-level Targets key: only the delegating file says who signs.", async (story) => {
      supplier(story).role.signers = story.world.image.targetsRole.signers;
      await story.published("RoleInvalid");
    }],
    ["1-two-of-two-one-signed", "The delegation asks for two keys; one signs.", async (story) => {
      const signers = [key(), key()];
      const made = role(story, "supplier", ["sup/*"], { threshold: 2 }, signers);
      order(story, "sup/app.bin", made);
      story.world.image.delegations = [made.delegation];
      await story.published("Ok");
      made.role.signers = signers.slice(1);
      await story.next("RoleInvalid");
    }],
    ["1-zero-threshold", "A delegation that asks for nobody's signature.", async (story) => {
      supplier(story, { threshold: 0 });
      await story.published("ZeroThreshold");
    }],
    ["1-expired", "The delegated file expired one second ago.", async (story) => {
      supplier(story).role.expires = BEFORE;
      await story.published("RoleInvalid");
    }],
    ["1-expires-now", "The second of the expiry counts as expired, in a delegated file too.", async (story) => {
      supplier(story).role.expires = date(NOW);
      await story.published("RoleInvalid");
    }],
    ["1-without-length", "The delegated file lists the image without its length.", async (story) => {
      const { targets } = supplier(story);
      for (const [name, { hashes, custom }] of targets) targets.set(name, { hashes, custom } as Entry);
      await story.published("RoleInvalid");
    }],
    ["1-another-without-length", "The delegated file lists another image, which nobody wants, without its length.", async (story) => {
      supplier(story).targets.set("sup/other.bin", { hashes: { sha256: "00".repeat(32) }, custom: {} } as Entry);
      await story.published("Ok");
    }],
    ["1-not-in-snapshot", "The delegated file is served, but Snapshot does not list it.", async (story) => {
      supplier(story);
      story.world.image.edit = (file, signed) => {
        if (file !== "snapshot.json" || !("meta" in signed) || !(signed.meta instanceof Map)) return signed;
        return { ...signed, meta: new Map([...signed.meta].filter(([name]) => name !== "supplier.json")) };
      };
      await story.published("RoleInvalid");
    }],
    ["1-another-version-inside", "Listed and served as version 1, but it states version 2.", async (story) => {
      supplier(story);
      story.world.image.edit = (file, signed) => (file === "supplier.json" ? { ...signed, version: 2 } : signed);
      await story.published("RoleInvalid");
    }],
    ["2-top-level-first", "The top-level file lists the image; the supplier describes another: the first one found counts.", async (story) => {
      const made = role(story, "supplier", ["*"]);
      story.world.image.delegations = [made.delegation];
      made.targets.set("app.bin", { length: 1, hashes: { sha256: "00".repeat(32) }, custom: {} });
      await story.published("Ok");
    }],
    ["4-listed-order", "Two suppliers know the name; the one listed first is asked first, and describes another image.", async (story) => {
      const first = role(story, "zebra", ["sup/*"]);
      const second = role(story, "apple", ["sup/*"]);
      order(story, "sup/app.bin", second);
      first.targets.set("sup/app.bin", { length: 1, hashes: { sha256: "00".repeat(32) }, custom: {} });
      story.world.image.delegations = [first.delegation, second.delegation];
      await story.published("Mismatch");
    }],
    ["4-next-sibling", "The first supplier does not know the image, the second does.", async (story) => {
      const first = role(story, "zebra", ["sup/*"]);
      const second = role(story, "apple", ["sup/*"]);
      order(story, "sup/app.bin", second);
      story.world.image.delegations = [first.delegation, second.delegation];
      await story.published("Ok");
    }],
    ["3-terminating", "The first supplier does not know the image and ends the search; the second, who does, is not asked.", async (story) => {
      const first = role(story, "zebra", ["sup/*"], { terminating: true });
      const second = role(story, "apple", ["sup/*"]);
      order(story, "sup/app.bin", second);
      story.world.image.delegations = [first.delegation, second.delegation];
      await story.published("NotFound");
    }],
    ["3-terminating-elsewhere", "A terminating delegation for other paths ends nothing.", async (story) => {
      const first = role(story, "zebra", ["other/*"], { terminating: true });
      const second = role(story, "apple", ["sup/*"]);
      order(story, "sup/app.bin", second);
      story.world.image.delegations = [first.delegation, second.delegation];
      await story.published("Ok");
    }],
    ["4.1-outside-its-paths", "The supplier lists an image that his paths do not cover.", async (story) => {
      const made = role(story, "supplier", ["sup/*"]);
      order(story, "app.bin", made);
      story.world.image.delegations = [made.delegation];
      await story.published("NotFound");
    }],
    ["4.1-star-and-slash", "`sup/*` does not cover `sup/a/b`.", async (story) => {
      const made = role(story, "supplier", ["sup/*"]);
      order(story, "sup/deep/app.bin", made);
      story.world.image.delegations = [made.delegation];
      await story.published("NotFound");
    }],
    ["4.1-question-mark", "`?` stands for one character.", async (story) => {
      const made = role(story, "supplier", ["sup/app-?.bin"]);
      order(story, "sup/app-7.bin", made);
      story.world.image.delegations = [made.delegation];
      await story.published("Ok");
    }],
    ["4.1-other-hardware", "The delegation is for other hardware than the ECU has.", async (story) => {
      supplier(story, { hardwareIds: ["brake-a"] });
      await story.published("NotFound");
    }],
    ["4.1-our-hardware", "The delegation lists the hardware of the ECU.", async (story) => {
      supplier(story, { hardwareIds: ["brake-a", "tcu-a"] });
      await story.published("Ok");
    }],
    ["4.1-no-hardware", "A list of no hardware is for none.", async (story) => {
      supplier(story, { hardwareIds: [] });
      await story.published("NotFound");
    }],
    ["4.1-hardware-in-other-case", "Hardware identifiers are compared byte for byte.", async (story) => {
      supplier(story, { hardwareIds: ["TCU-A", "tcu-a ", "tcu"] });
      await story.published("NotFound");
    }],
    ["4.1-hardware-of-the-next", "The first supplier is for other hardware and describes another image; the second is for ours.", async (story) => {
      const first = role(story, "zebra", ["sup/*"], { hardwareIds: ["brake-a"], terminating: true });
      const second = role(story, "apple", ["sup/*"], { hardwareIds: ["tcu-a"] });
      order(story, "sup/app.bin", second);
      first.targets.set("sup/app.bin", { length: 1, hashes: { sha256: "00".repeat(32) }, custom: {} });
      story.world.image.delegations = [first.delegation, second.delegation];
      await story.published("Ok");
    }],
    ["4.1-hardware-further-down", "A supplier for our hardware delegates for other hardware only.", async (story) => {
      const inner = role(story, "inner", ["sup/*"], { hardwareIds: ["brake-a"] });
      const outer = role(story, "outer", ["sup/*"], { hardwareIds: ["tcu-a"] });
      order(story, "sup/app.bin", inner);
      story.world.image.delegated.set("outer", { ...outer, delegations: [inner.delegation] });
      story.world.image.delegations = [outer.delegation];
      await story.published("NotFound");
    }],
    ["4.4-two-deep", "A supplier of a supplier.", async (story) => {
      const inner = role(story, "inner", ["sup/a/*"]);
      const outer = role(story, "outer", ["sup/a/*"]);
      order(story, "sup/a/app.bin", inner);
      story.world.image.delegated.set("outer", { ...outer, delegations: [inner.delegation] });
      story.world.image.delegations = [outer.delegation];
      await story.published("Ok");
    }],
    ["4.4-keys-of-the-wrong-parent", "Top-level Targets and a supplier delegate to one role with different keys; on this path the supplier's count.", async (story) => {
      const inner = role(story, "inner", ["sup/*"]);
      const outer = role(story, "outer", ["sup/*"]);
      order(story, "sup/app.bin", inner);
      story.world.image.delegated.set("outer", { ...outer, delegations: [{ ...inner.delegation, keys: [key().public] }] });
      story.world.image.delegations = [outer.delegation, inner.delegation];
      await story.published("RoleInvalid");
    }],
    ["4.2-circle", "Two suppliers delegate to each other; neither knows the image.", async (story) => {
      const one = role(story, "one", ["sup/*"]);
      const two = role(story, "two", ["sup/*"]);
      order(story, "sup/app.bin", one);
      one.targets.clear();
      story.world.image.delegated.set("one", { ...one, delegations: [two.delegation] });
      story.world.image.delegated.set("two", { ...two, delegations: [one.delegation] });
      story.world.image.delegations = [one.delegation];
      await story.published("NotFound");
    }],
  ],
};
