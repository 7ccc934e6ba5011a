/** All packs of our own, as text: the same bytes in every run. */
import { agreement } from "./agreement.ts";
import { cuts } from "./cuts.ts";
import { delegations } from "./delegations.ts";
import { encrypted, encryptedPartial } from "./encrypted.ts";
import { fieldManifests } from "./field.ts";
import { freshTime } from "./fresh-time.ts";
import { limits } from "./limits.ts";
import { manifests, reports } from "./manifests.ts";
import { match } from "./match.ts";
import { partial } from "./partial.ts";
import { root } from "./root.ts";
import { snapshot } from "./snapshot.ts";
import { type OwnPack, clientPack } from "./story.ts";
import { targets } from "./targets.ts";
import { time } from "./time.ts";
import { timestamp } from "./timestamp.ts";

export async function packs(): Promise<Map<string, string>> {
  const made = new Map<string, OwnPack>();
  for (const clause of [root, timestamp, snapshot, targets, delegations, agreement, match, limits, cuts, encrypted]) made.set(clause.folder, await clientPack(clause));
  made.set("partial", await partial()).set("fresh-time", await freshTime()).set("time", await time()).set("manifests", await manifests()).set("reports", await reports());
  made.set("manifests-aktualizr", await fieldManifests()).set("encrypted-partial", await encryptedPartial());
  return new Map([...made].map(([folder, pack]) => [folder, text(folder, pack)]));
}

/** One case a line, as every pack has it. */
function text(folder: string, { cases, ...head }: OwnPack): string {
  const first = { format: "vectors/1", pack: `own-${folder}`, half: "whole", count: cases.length, ...head };
  const lines = cases.map((one) => JSON.stringify(one)).join(",\n");
  return `${JSON.stringify(first).slice(0, -1)},"cases":[\n${lines}\n]}\n`;
}
