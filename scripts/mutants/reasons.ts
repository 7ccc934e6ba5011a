/** Why some mutants are no mistakes. The first line that fits counts; without one a survivor is an open question. */
import type { Survivor } from "./report.ts";

interface Reason {
  where: RegExp;
  what: RegExp;
  near?: RegExp; // function called next
  why: string;
}

const REASONS: Reason[] = [
  {
    where: /./, what: /^i32\.const (4|16|32|64|128|256|512|1024|2048|36|20|1536) becomes \d*[13579]$/, near: /verdict\/hold$/,
    why: "the bit it adds is EVIDENCE_COMPLETE, which every file has left by then",
  },
  { where: /identity\/identify|index\/ecu|rows\/addEcu/, what: /^i32\.const 16 becomes 17$/, near: /bytes\/(tag|copy)$/, why: "one byte more of a tag lies where the next field is written right after" },
  { where: /./, what: /^i32\.const 16 becomes 17$/, near: /bytes\/tag$/, why: "DIGEST and HARDWARE have room behind a tag, and what stands there is written before it is read" },
  { where: /./, what: /^i32\.const 48 becomes 49$/, near: /rows\/unmark$/, why: "the flag it clears as well is one of a cycle, and a manifest has none" },
  { where: /search\/came|match\/|own\//, what: /^i32\.const \d{5} becomes \d{5}$/, near: /agreement\/agreed$/, why: "15 bytes of the tag are compared with the byte before it, which is the same for all" },
  { where: /./, what: /^i32\.const (128|32|352|176|1472|1544) becomes/, near: /bytes\/clear$/, why: "the last byte of the place, or the one behind it, is padding, or is written before it is read" },
  { where: /json\/(next|token|digit|inside)/, what: /^i32\.const 0 becomes 1$/, why: "what is returned after a failure: the next line of `next` returns for it" },
  { where: /glob\/matches/, what: /^i32\.const -1 becomes -2$|^condition of if always true$/, why: "without a star the pattern starts again at its absent place, never ends, and does not match" },
  { where: /string\/unicode/, what: /^i32\.const 65536 becomes 65535$/, why: "a mark above four digits of hex: no value lies between" },
  { where: /snapshot\/snapshotEntry/, what: /^i32\.const 9 becomes 8$/, why: "the byte before a name of eight is the end of `meta`, and never an r" },
  { where: /search\/startSearch/, what: /^i32\.const 0 becomes 1$/, near: /frames\/enter$/, why: "whether the top level is terminating is never asked" },
  { where: /frames\/replay|search\/came/, what: /^i32\.const 2 becomes 3$/, why: "a phase that is neither of the two others, which is all that is asked of it" },
  { where: /delegations\/delegationsBegin/, what: /^i32\.const 0 becomes 1$/, why: "delegations are counted from 1 in place of 0, everywhere alike" },
  { where: /ecu\/inOrder/, what: /^condition of if always true$/, why: "a breach has deferred its failure too, and that is said in either case" },
  { where: /cycle\/askOld|snapshot\/loads/, what: /^i32\.const \d+ becomes \d+$/, why: "pieces of the stored Snapshot overlap by a name" },
  { where: /full\/feed|partial\/partialFeed/, what: /^condition of br_if always false$/, why: "a file that is too long leaves the window empty: nothing more is read" },
  {
    where: /cycle\/(targetsEnd|timestampEnd|snapshotEnd)|partial\/partialEnd|attest\/timeEnd|search\/roleEnd|chain\/chainEnd/, what: /^condition of (br_)?if always false$/,
    why: "a failure sticks: what is done after it changes no verdict, and trust moves only while there is none",
  },
  { where: /signatures\/(reached|judgeRole)/, what: /^i32\.const 0 becomes 1$/, why: "a failure sticks: what is returned beside it changes no verdict" },
];

export function reason(survivor: Pick<Survivor, "where" | "what" | "near" | "reached">): string {
  const found = REASONS.find(({ where, what, near }) => where.test(survivor.where) && what.test(survivor.what) && (near === undefined || near.test(survivor.near)));
  return found?.why ?? (survivor.reached ? "open: no test yet" : "open: no test comes here");
}
