/** Delegations: attack cases 9 to 18, as far as the core decides them. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { IMAGE, ROLE_DELEGATED } from "../assembly/abi.ts";
import { DELEGATION_DEPTH_MAX } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import type { Report } from "../bindings/core.ts";
import type { Delegation } from "../bindings/metadata.ts";
import { metadataName } from "../bindings/urls.ts";
import { type Circumstances, orderedFrom, role, withstands } from "./attacks.ts";
import { BEFORE, type Delegated, type Vehicle, type World, bytes, key } from "./world.ts";

const test = suite("attacks: delegations");

/** A vehicle that has had a good update meets these delegations. */
function meets(status: number, delegate: (world: World) => Delegation[], more: Circumstances = {}): Promise<Report> {
  return withstands(status, ({ image, publishNext }: World, { world }: Vehicle) => {
    image.delegations = delegate(world);
    return publishNext.call(world);
  }, more);
}

test("case 9: a role that was good under one delegator is judged again by the keys of another", async () => {
  const setup = (world: World): void => {
    const shared = role(world, "shared");
    orderedFrom(world, shared);
    world.image.delegations = [shared.delegation];
  };
  const report = await meets(Status.RoleInvalid, (world) => {
    const other = role(world, "other");
    other.delegations = (world.image.delegations ?? []).map((one) => ({ ...one, keys: [key().public] }));
    return [other.delegation, ...(world.image.delegations ?? [])];
  }, { setup });
  assert.is(Number(report.found), Status.BadSignature);
});

test("case 10: the order of the list decides, not that of the names", async () => {
  for (const [names, status] of [[["2", "10", "9"], Status.Ok], [["2", "9", "10"], Status.Mismatch], [["9", "2", "10"], Status.Mismatch]] as const) {
    await meets(status, (world) => {
      const files = new Map(names.map((name) => [name, role(world, name)]));
      orderedFrom(world, files.get("9") as Delegated, "app.bin", "what the Director did not order");
      orderedFrom(world, files.get("10") as Delegated);
      return names.map((name) => (files.get(name) as { delegation: Delegation }).delegation);
    }, { about: names.join() });
  }
});

/** A chain of roles, each delegating to the next; the last one lists the image. */
function chain(world: World, depth: number): Delegation[] {
  const files = Array.from({ length: depth }, (_, i) => role(world, `level-${i + 1}`));
  files.forEach((file, i) => (file.delegations = files.slice(i + 1, i + 2).map((next) => next.delegation)));
  orderedFrom(world, files[depth - 1] as Delegated);
  return [(files[0] as { delegation: Delegation }).delegation];
}

test("case 11: circles, a role that delegates to itself, a diamond", async () => {
  await meets(Status.NotFound, (world) => {
    const [one, two] = [role(world, "one"), role(world, "two")];
    one.delegations = [two.delegation];
    two.delegations = [one.delegation];
    orderedFrom(world, role(world, "nobody's"));
    return [one.delegation];
  }, { about: "a circle" });
  await meets(Status.NotFound, (world) => {
    const self = role(world, "self");
    self.delegations = [self.delegation, self.delegation];
    orderedFrom(world, role(world, "nobody's"));
    return [self.delegation, self.delegation];
  }, { about: "itself" });
  await meets(Status.Ok, (world) => {
    const [left, right, bottom] = [role(world, "left"), role(world, "right"), role(world, "bottom")];
    left.delegations = [{ ...bottom.delegation, paths: ["elsewhere/*"] }];
    right.delegations = [bottom.delegation];
    orderedFrom(world, bottom);
    return [left.delegation, right.delegation];
  }, { about: "a diamond" });
});

test("case 11: a chain without end stops at the bound of depth, with an error of its own", async () => {
  const report = await meets(Status.Limit, (world) => chain(world, 3 * DELEGATION_DEPTH_MAX));
  assert.equal([Number(report.found), Number(report.expected)], [DELEGATION_DEPTH_MAX + 1, DELEGATION_DEPTH_MAX]);
});

test("case 11: 10,000 delegations cost no memory; those for other paths are passed over", async () => {
  const marks: number[] = [];
  for (const others of [10, 10_000]) {
    await withstands(Status.Ok, async (world, vehicle) => {
      const made = role(world, "supplier");
      const far = Array.from({ length: others }, (_, i) => ({ name: `r${i}`, keys: made.role.signers.map((signer) => signer.public), threshold: 1, paths: ["elsewhere/*"] }));
      world.image.delegations = [...far, made.delegation];
      orderedFrom(world, made);
      await world.publishNext();
      await vehicle.cycle();
      marks.push(vehicle.core.memoryUsed());
    }, { about: `${others}` });
  }
  assert.is(marks[0], marks[1]);
});

test("case 11: a fan of delegations that all fit ends at the bound of visits", async () => {
  const report = await meets(Status.Limit, (world) => {
    const empty = role(world, "r0");
    const names = Array.from({ length: 80 }, (_, i) => `r${i}`);
    for (const name of names.slice(1)) world.image.delegated.set(name, empty);
    orderedFrom(world, role(world, "nobody's"));
    return names.map((name) => ({ ...empty.delegation, name }));
  });
  assert.equal([Number(report.found), Number(report.expected)], [65, 64]);
});

test("case 12: a terminating delegation without the image ends the search, though a later one has it", async () => {
  for (const [terminating, status] of [[true, Status.NotFound], [false, Status.Ok]] as const) {
    await meets(status, (world) => {
      const [first, second] = [role(world, "first", { terminating }), role(world, "second")];
      orderedFrom(world, second);
      return [first.delegation, second.delegation];
    }, { about: `${terminating}` });
  }
});

test("case 13: one rule for patterns: * and ? stay within a segment, nothing else means anything but itself", async () => {
  const rows: [pattern: string, name: string, fits: boolean][] = [
    ["*", "a/b", false], ["*/*", "a/b", true], ["a/*", "a/b/c", false], ["a/*/", "a/b", false], ["a/", "a", false], ["a/*", "a/..b", true], ["[ab]", "a", false], ["[ab]", "[ab]", true],
    ["A", "a", false], ["*", ".hidden", true], ["a?c", "abc", true], ["a*c", "ac", true], ["**", "a/b", false], ["\\*", "*", false],
    ["", "a", false], ["a*", "b", false], ["*a*a*a*b", "aaaaaaaaaaaaaaaaaaaa", false],
  ];
  for (const [pattern, name, fits] of rows) {
    await meets(fits ? Status.Ok : Status.NotFound, (world) => {
      const made = role(world, "supplier", { paths: [pattern] });
      orderedFrom(world, made, name);
      return [made.delegation];
    }, { about: `${pattern} for ${name}` });
  }
});

test("case 14: what a role lists outside its paths is not seen", async () => {
  await meets(Status.NotFound, (world) => {
    const made = role(world, "supplier", { paths: ["fw/*"] });
    orderedFrom(world, made, "other/app.bin");
    return [made.delegation];
  });
});

test("case 15: names of roles are data: quoted where they travel, refused where they are empty, too long or top-level", async () => {
  for (const name of ["../x", "/x", "?", "#", "constructor", "__proto__", "A%2Fb", "a b", "."]) {
    const asked: string[] = [];
    await withstands(Status.Ok, async (world, vehicle) => {
      const made = role(world, name);
      world.image.delegations = [made.delegation];
      orderedFrom(world, made);
      await world.publishNext();
      vehicle.meddle = (want, source) => {
        if (want.role === ROLE_DELEGATED && want.repository === IMAGE) asked.push(metadataName(want));
        return source;
      };
    }, { about: name });
    assert.equal(asked, [`2.${encodeURIComponent(name)}.json`]);
    assert.not(asked.some((file) => file.includes("/")));
  }
  for (const [name, status] of [["", Status.Malformed], ["root", Status.Malformed], ["timestamp", Status.Malformed], ["snapshot", Status.Malformed], ["targets", Status.Malformed]] as const) {
    await meets(status, (world) => {
      const made = role(world, "supplier");
      orderedFrom(world, made);
      return [{ ...made.delegation, name }];
    }, { about: `named ${name}` });
  }
  await withstands(Status.TextLength, (world) => {
    const made = role(world, "supplier");
    orderedFrom(world, made);
    world.image.delegations = [{ ...made.delegation, name: "n".repeat(300) }];
    return world.publishNext();
  }, { about: "300 bytes" });
});

test("case 16: Director Targets that delegate, even to nobody", async () => {
  for (const delegations of [[], [{ name: "supplier", keys: [key().public], threshold: 1, paths: ["*"] }]]) {
    await withstands(Status.DirectorDelegates, (world) => {
      world.director.delegations = delegations;
      return world.publishNext();
    });
  }
});

test("case 17: a delegation for other hardware is not followed", async () => {
  for (const [hardwareIds, status] of [[["brake-a"], Status.NotFound], [["tcu-a ", "TCU-A"], Status.NotFound], [[], Status.NotFound], [["brake-a", "tcu-a"], Status.Ok]] as const) {
    await meets(status, (world) => {
      const made = role(world, "supplier", { hardwareIds: [...hardwareIds] });
      orderedFrom(world, made);
      return [made.delegation];
    }, { about: hardwareIds.join() });
  }
});

/** The roles of one multi-role delegation; each says one of two things about the image, or nothing. */
function many(world: World, says: Record<string, "ours" | "theirs" | "nothing">, more: object): Delegation {
  const files = Object.entries(says).map(([name, what]) => ({ what, file: role(world, name) }));
  for (const { what, file } of files) if (what === "theirs") orderedFrom(world, file, "app.bin", "another");
  const ours = files.find(({ what }) => what === "ours");
  orderedFrom(world, ours?.file ?? role(world, "nobody's"));
  for (const { what, file } of files) if (what === "ours") world.order("app.bin", bytes("delegated"), world.ecus, file.targets);
  return { roles: files.map(({ file }, i) => ({ name: Object.keys(says)[i] as string, keys: file.role.signers.map((signer) => signer.public), threshold: 1 })), paths: ["*"], ...more };
}

test("case 18: roles that have to agree and do not, a tie, an expired one: the order of §5.4.4.8, and no guess", async () => {
  const rows: [status: number, says: Record<string, "ours" | "theirs" | "nothing">, more: object][] = [
    [Status.Ok, { a: "ours", b: "ours" }, {}],
    [Status.NotFound, { a: "ours", b: "theirs" }, {}],
    [Status.NotFound, { a: "ours", b: "nothing" }, {}],
    [Status.Ok, { a: "theirs", b: "ours", c: "ours" }, { minRolesInAgreement: 2 }],
    [Status.Mismatch, { a: "theirs", b: "theirs", c: "ours" }, { minRolesInAgreement: 2 }],
    [Status.Mismatch, { a: "theirs", b: "ours" }, { minRolesInAgreement: 1 }], // a tie: the earliest role speaks
    [Status.Ok, { a: "ours", b: "theirs" }, { minRolesInAgreement: 1 }],
    [Status.Malformed, { a: "ours", b: "ours" }, { minRolesInAgreement: 3 }],
    [Status.ZeroThreshold, { a: "ours", b: "ours" }, { minRolesInAgreement: 0 }],
  ];
  for (const [status, says, more] of rows) await meets(status, (world) => [many(world, says, more)], { about: JSON.stringify([says, more]) });
  await meets(Status.NotFound, (world) => {
    const made = many(world, { a: "ours", b: "ours" }, {});
    (world.image.delegated.get("a") as Delegated).role.expires = BEFORE;
    return [made];
  }, { about: "one has expired", heal: (world) => void ((world.image.delegated.get("a") as Delegated).role.expires = world.image.root.expires) });
});

test("case 12: an inner terminating delegation ends the whole search", async () => {
  await meets(Status.NotFound, (world) => {
    const [outer, inner, later] = [role(world, "outer"), role(world, "inner", { terminating: true }), role(world, "later")];
    outer.delegations = [inner.delegation];
    orderedFrom(world, later);
    return [outer.delegation, later.delegation];
  });
});

test.run();
