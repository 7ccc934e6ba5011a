/** Bounds at their limit and one over: docs/POUF.md, `assembly/layout.ts`. Another implementation may have wider ones; what is over ours is refused by name. */
import type { Signer } from "../../bindings/keys.ts";
import { type Clause, type Story, type StatusName } from "./story.ts";
import { type Delegated, LATER, key } from "./world.ts";

const image = new TextEncoder().encode("an image at the limit");
const signers = (count: number): Signer[] => Array.from({ length: count }, key);

function delegated(story: Story, name: string, signer: Signer): Delegated {
  const file: Delegated = { role: { signers: [signer], threshold: 1, version: 1, expires: LATER }, targets: new Map() };
  story.world.image.delegated.set(name, file);
  return file;
}

function order(story: Story, name: string, targets = story.world.image.targets): void {
  story.world.director.targets.clear();
  story.world.image.targets.clear();
  story.world.order(name, image, story.world.ecus, targets);
}

/** The image is listed `depth` delegations below the top level. */
function deep(story: Story, depth: number): void {
  const signer = key();
  const to = (level: number) => [{ name: `level-${level}`, keys: [signer.public], threshold: 1, paths: ["*"] }];
  for (let level = 1; level <= depth; level++) {
    const file = delegated(story, `level-${level}`, signer);
    if (level < depth) file.delegations = to(level + 1);
    else order(story, "app.bin", file.targets);
  }
  story.world.image.delegations = to(1);
}

/** The image is listed by the last of so many roles of the top level. */
function wide(story: Story, count: number): void {
  const signer = key();
  const names = Array.from({ length: count }, (_, i) => `r${String(i).padStart(2, "0")}`);
  const files = names.map((name) => delegated(story, name, signer));
  order(story, "app.bin", files.at(-1)?.targets);
  story.world.image.delegations = names.map((name) => ({ name, keys: [signer.public], threshold: 1, paths: ["*"] }));
}

/** Something else stands in Timestamp, for others to read. */
function extra(story: Story, member: object): void {
  story.world.image.edit = (file, signed) => (file === "timestamp.json" ? { ...signed, x: member } : signed);
}

function nested(levels: number): unknown[] {
  let list: unknown[] = [];
  for (let level = 1; level < levels; level++) list = [list];
  return list;
}

type Row = [name: string, about: string, limit: number, over: StatusName, set: (story: Story, n: number) => Promise<void> | void];

const ROWS: Row[] = [
  ["signatures", "Signatures in one file.", 16, "Limit", (story, n) => void (story.world.image.timestamp.signers = [...story.world.image.timestamp.signers, ...signers(n - 1)])],
  ["keys-of-root", "Keys in a Root.", 32, "Limit", async (story, n) => {
    const { image: repository } = story.world;
    repository.targetsRole.signers = signers(16);
    repository.snapshot.signers = signers(n - 19); // Root 2, Timestamp 1
    await repository.publishRoot();
    repository.snapshot.signers.length = 1;
  }],
  ["delegation-depth", "Delegations below the top level.", 8, "Limit", deep],
  ["roles-visited", "Roles visited in one search.", 64, "Limit", wide],
  ["image-name", "Bytes of an image name.", 255, "NameLength", (story, n) => order(story, "n".repeat(n))],
  ["role-name", "Bytes of a role name, which Snapshot lists with .json behind.", 250, "NameLength", (story, n) => {
    const signer = key();
    const name = "r".repeat(n);
    order(story, "app.bin", delegated(story, name, signer).targets);
    story.world.image.delegations = [{ name, keys: [signer.public], threshold: 1, paths: ["*"] }];
  }],
  ["nesting", "Open objects and lists.", 31, "Depth", (story, n) => extra(story, nested(n - 2))],
  ["path", "Bytes of a path in a delegation.", 256, "TextLength", (story, n) => {
    const made = delegated(story, "supplier", key());
    const name = "a".repeat(255);
    order(story, name, made.targets);
    const keys = made.role.signers.map((signer) => signer.public);
    story.world.image.delegations = [{ name: "supplier", keys, threshold: 1, paths: ["b".repeat(n), "a*"] }];
  }],
];

export const limits: Clause = {
  folder: "limits",
  kind: "uptane-client",
  about: "Bounds of our core, each at its limit and one over",
  stories: ROWS.flatMap(([name, about, limit, over, set]) =>
    ([[limit, "Ok"], [limit + 1, over]] as const).map(([n, status]): Clause["stories"][number] => [`${name}-${n}`, about, async (story) => {
      await set(story, n);
      await story.published(status);
    }])),
};
