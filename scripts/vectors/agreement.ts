/** Multi-role delegations: Uptane 2.1.0 §5.4.4.8. Several roles have to agree on an image; numbers are its steps. */
import type { Delegate, Delegation } from "../../bindings/metadata.ts";
import { type Clause, type Story } from "./story.ts";
import { BEFORE, type Delegated, LATER, key } from "./world.ts";

const NAME = "app.bin";
const OURS = new TextEncoder().encode("what the Director orders");
const THEIRS = new TextEncoder().encode("something else");

type Says = "ours" | "theirs" | "nothing";

/** Role files by name, and what each says of the image. */
class Council {
  readonly story: Story;
  readonly files = new Map<string, Delegated>();

  constructor(story: Story, says: Record<string, Says>) {
    this.story = story;
    const { director, image } = story.world;
    director.targets.clear();
    image.targets.clear();
    for (const [name, what] of Object.entries(says)) {
      const file: Delegated = { role: { signers: [key()], threshold: 1, version: 1, expires: LATER }, targets: new Map() };
      this.files.set(name, file);
      image.delegated.set(name, file);
      if (what !== "nothing") this.#lists(file, what === "ours" ? OURS : THEIRS);
    }
    this.#lists({ role: image.targetsRole, targets: new Map() }, OURS); // the Director's order, last
  }

  #lists({ targets }: Delegated, bytes: Uint8Array): void {
    const { world } = this.story;
    world.order(NAME, bytes, world.ecus, targets);
  }

  file(name: string): Delegated {
    const file = this.files.get(name);
    if (file === undefined) throw new Error(`Cannot tell this story: there is no role ${name}`);
    return file;
  }

  one(name: string): Delegate {
    return { name, keys: this.file(name).role.signers.map((signer) => signer.public), threshold: 1 };
  }

  many(names: string, more: { minRolesInAgreement?: number; terminating?: boolean; hardwareIds?: string[]; paths?: string[] } = {}): Delegation {
    return { roles: [...names].map((name) => this.one(name)), paths: ["*"], ...more };
  }

  to(...delegations: Delegation[]): void {
    this.story.world.image.delegations = delegations;
  }
}

type Row = [name: string, about: string, status: "Ok" | "NotFound" | "Mismatch" | "Malformed" | "ZeroThreshold" | "RoleInvalid", says: Record<string, Says>, set: (c: Council) => void];

const ROWS: Row[] = [
  ["all-agree", "Both roles say the same.", "Ok", { a: "ours", b: "ours" }, (c) => c.to(c.many("ab"))],
  ["all-agree-on-another", "Both roles say the same, and the Director orders something else.", "Mismatch", { a: "theirs", b: "theirs" }, (c) => c.to(c.many("ab"))],
  ["one-disagrees", "All have to agree where nothing else is said; one does not.", "NotFound", { a: "ours", b: "theirs" }, (c) => c.to(c.many("ab"))],
  ["one-says-nothing", "Silence is no agreement.", "NotFound", { a: "ours", b: "nothing" }, (c) => c.to(c.many("ab"))],
  ["two-of-three", "Two are enough, the first of the list is outvoted.", "Ok", { a: "theirs", b: "ours", c: "ours" }, (c) => c.to(c.many("abc", { minRolesInAgreement: 2 }))],
  ["two-of-three-against-us", "Two are enough, and they describe another image.", "Mismatch", { a: "theirs", b: "theirs", c: "ours" }, (c) => c.to(c.many("abc", { minRolesInAgreement: 2 }))],
  ["conflict-earliest-role", "Two groups are large enough: the one with the role listed first counts, not the larger one.", "Ok", { a: "ours", b: "theirs", c: "theirs" }, (c) => c.to(c.many("abc", { minRolesInAgreement: 1 }))],
  ["conflict-earliest-role-says-otherwise", "The role listed first describes another image.", "Mismatch", { a: "theirs", b: "ours", c: "ours" }, (c) => c.to(c.many("abc", { minRolesInAgreement: 1 }))],
  ["conflict-order-is-the-list", "The list decides, not the names.", "Ok", { a: "theirs", b: "ours" }, (c) => c.to(c.many("ba", { minRolesInAgreement: 1 }))],
  ["next-delegation", "No group is large enough: the next delegation is asked.", "Ok", { a: "ours", b: "theirs", c: "ours" }, (c) => c.to(c.many("ab"), { ...c.one("c"), paths: ["*"] })],
  ["terminating", "No group is large enough, and the delegation is terminating.", "NotFound", { a: "ours", b: "theirs", c: "ours" }, (c) => c.to(c.many("ab", { terminating: true }), { ...c.one("c"), paths: ["*"] })],
  ["expired-role", "A role that has expired says nothing; the others are enough.", "Ok", { a: "theirs", b: "ours" }, (c) => {
    c.file("a").role.expires = BEFORE;
    c.to(c.many("ab", { minRolesInAgreement: 1 }));
  }],
  ["expired-role-is-needed", "A role that has expired says nothing, and all have to agree.", "NotFound", { a: "ours", b: "ours" }, (c) => {
    c.file("b").role.expires = BEFORE;
    c.to(c.many("ab"));
  }],
  ["missing-role", "A role whose file nobody serves says nothing; the other is enough.", "Ok", { b: "ours" }, (c) => c.to({ roles: [{ name: "gone", keys: [key().public], threshold: 1 }, c.one("b")], paths: ["*"], minRolesInAgreement: 1 })],
  ["one-role-alone", "A list of one role is a multi-role delegation too.", "Ok", { a: "ours" }, (c) => c.to(c.many("a"))],
  ["more-than-there-are", "Three have to agree, and there are two.", "Malformed", { a: "ours", b: "ours" }, (c) => c.to(c.many("ab", { minRolesInAgreement: 3 }))],
  ["nobody-has-to-agree", "Zero roles have to agree.", "ZeroThreshold", { a: "ours", b: "ours" }, (c) => c.to(c.many("ab", { minRolesInAgreement: 0 }))],
  ["no-role", "An empty list.", "Malformed", { a: "ours" }, (c) => c.to({ roles: [], paths: ["*"] }, { ...c.one("a"), paths: ["*"] })],
  ["other-paths", "The delegation is for other paths.", "NotFound", { a: "ours", b: "ours" }, (c) => c.to(c.many("ab", { paths: ["other/*"] }))],
  ["other-hardware", "The delegation is for other hardware.", "NotFound", { a: "ours", b: "ours" }, (c) => c.to(c.many("ab", { hardwareIds: ["brake-a"] }))],
  ["keys-of-the-wrong-role", "Each role has keys of its own: here they are exchanged.", "NotFound", { a: "ours", b: "ours" }, (c) => c.to({ roles: [{ ...c.one("a"), keys: c.one("b").keys }, { ...c.one("b"), keys: c.one("a").keys }], paths: ["*"] })],
  ["below-one-role", "One role finds the image through a delegation of its own, and agrees.", "Ok", { a: "nothing", b: "ours", c: "ours" }, (c) => {
    c.file("a").delegations = [{ ...c.one("c"), paths: ["*"] }];
    c.to(c.many("ab"));
  }],
  ["below-one-role-another", "What a role finds through a delegation of its own differs.", "NotFound", { a: "nothing", b: "ours", c: "theirs" }, (c) => {
    c.file("a").delegations = [{ ...c.one("c"), paths: ["*"] }];
    c.to(c.many("ab"));
  }],
  ["below-council-in-council", "One role finds it through roles in agreement of its own.", "Ok", { a: "nothing", b: "ours", c: "ours", d: "ours" }, (c) => {
    c.file("a").delegations = [c.many("cd")];
    c.to(c.many("ab"));
  }],
  ["below-council-in-council-split", "The inner roles do not agree, so the outer one says nothing.", "NotFound", { a: "nothing", b: "ours", c: "ours", d: "theirs" }, (c) => {
    c.file("a").delegations = [c.many("cd")];
    c.to(c.many("ab"));
  }],
];

export const agreement: Clause = {
  folder: "agreement",
  kind: "uptane-client",
  about: "Multi-role delegations: who has to agree, conflicts, roles that say nothing, delegations below them",
  stories: ROWS.map(([name, about, status, says, set]) => [name, about, async (story) => {
    set(new Council(story, says));
    await story.published(status);
  }]),
};
