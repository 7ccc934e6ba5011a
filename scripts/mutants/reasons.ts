/** Why some mutants are no mistakes. The first line that fits counts; without one a survivor is an open question. */
import type { Survivor } from "./report.ts";

interface Reason {
  where: RegExp;
  what: RegExp;
  near?: RegExp; // function called next
  why: string;
}

const STUCK = "a failure sticks: what is done or returned after it changes no verdict, and trust moves only while there is none";
const DIGEST = "another digest of the same bytes, a byte away, and the same one for both sides that are compared";

const REASONS: Reason[] = [
  {
    where: /./, what: /^i32\.const (2|4|8|16|32|36|64|128|256|512|1024|1536|2048) becomes \d*[13579]$/, near: /verdict\/hold$|signatures\/judgeRole$/,
    why: "the bit it adds is EVIDENCE_COMPLETE, which every file has left by then",
  },
  { where: /top\/fresh/, what: /^i32\.const 55 becomes 54$/, why: "the bit it leaves out is EVIDENCE_COMPLETE: a file that is not complete has failed already" },
  { where: /./, what: /^i32\.const 48 becomes 49$/, near: /rows\/unmark$/, why: "the flag it clears as well is one of a cycle, and a manifest has none" },
  { where: /mapping\/mapAct/, what: /^i32\.const (16|32) becomes (17|33)$/, why: "the flag it looks at as well is one of a cycle, and the inventory of a map has none" },
  { where: /entry\/hashesTag|match\/group/, what: /^i32\.const \d{4} becomes \d{4}$/, why: DIGEST },
  { where: /match\/(group|compare)|search\/came/, what: /^i32\.const (\d{5}|\d{4}) becomes (\d{5}|\d{4})$/, why: "15 bytes of the tag are compared with the byte before it, which is the same for all" },
  { where: /match\/group/, what: /^i32\.const 8 becomes 7$/, why: "release counters are below 2^53: their eighth byte is always zero" },
  { where: /match\/group/, what: /^i32\.const 32 becomes 31$/, why: "a SHA-256 but for its last byte: nobody finds two that differ there alone" },
  { where: /./, what: /^i32\.const (112|128|32|352|176|1472|1544) becomes/, near: /bytes\/clear$/, why: "the last byte of the place, or the one behind it, is padding, or is written before it is read" },
  { where: /frames\/frame/, what: /^i32\.const (320|\d{5}) becomes/, why: "every access to a frame goes through here, and its last byte is not used" },
  { where: /json\/(next|token|digit|inside)/, what: /^i32\.const 0 becomes 1$/, why: "the event of a failure: callers act on none after it" },
  { where: /json\/next/, what: /^i32\.const 7 becomes 6$/, why: "state 6 is that of a string, which was asked for before" },
  { where: /glob\/matches/, what: /^i32\.const -1 becomes -2$|^condition of if always true$/, why: "without a star the pattern starts again at its absent place, never ends, and does not match" },
  { where: /string\/unicode/, what: /^i32\.const 65536 becomes 65535$/, why: "a mark above four digits of hex: no value lies between" },
  { where: /snapshot\/snapshotEntry/, what: /^i32\.const 9 becomes 8$/, why: "the byte before a name of eight is the end of `meta`, and never an r" },
  { where: /search\/startSearch/, what: /^i32\.const 0 becomes 1$/, near: /frames\/enter$/, why: "whether the top level is terminating is never asked" },
  { where: /frames\/replay|search\/came/, what: /^i32\.const 2 becomes 3$/, why: "a phase that is neither of the two others, which is all that is asked of it" },
  { where: /delegations\/opens/, what: /^i32\.const 0 becomes 1$/, why: "a threshold is a required member: what stands there before is not looked at" },
  { where: /attest\/timeEnd/, what: /^i64\.const 0 becomes 1$/, why: "a time is a required member: what stands there before is not looked at" },
  { where: /signed\/envelopeOpens/, what: /^i64\.const 4294967295 becomes 4294967296$/, why: "2^32 keys are refused as if they were none: another word for the same refusal" },
  { where: /delegations\/(positive|delegationsAct)|signed\/envelopeOpens/, what: /^i64\.const 4294967295 becomes|^i64\.(ge|gt|lt|le)_u becomes/, why: "a number of that size is beyond all keys and roles in either case" },
  { where: /delegations\/succinctCloses/, what: /^i32\.const 0 becomes 1$/, why: "the only delegation of its file, and it ends the search: nobody asks for the next one" },
  { where: /delegations\/delegationsBegin/, what: /^i32\.const 0 becomes 1$/, why: "delegations are counted from 1 in place of 0, everywhere alike" },
  { where: /ecu\/inOrder/, what: /^condition of if always true$/, why: "a breach has deferred its failure too, and that is said in either case" },
  { where: /cycle\/askOld|snapshot\/(loads|loaded|store_|snapshotEntry)/, what: /^i32\.const \d+ becomes \d+$/, why: "pieces of the stored Snapshot overlap by a name" },
  { where: /full\/(open|mapOpens)|mapping\/mapOpens|manifest\/manifestOpens|bare\/bareOpens/, what: /^i32\.const 0 becomes 1$/, near: /file\/begin$/, why: "keys count only where `signed` opens, which no such file has" },
  { where: /file\/begin/, what: /^i32\.const 0 becomes 1$|^i64\.const 257 becomes/, why: "a SHA-512 that nobody asks for, or what stands around the outermost value, which is never read" },
  { where: /full\/open/, what: /^condition of if always true$/, why: "a SHA-512 that nobody asks for, or a flag of maps, which a cycle of another kind does not look at" },
  { where: /trusted\/sound/, what: /^i32\.const 512 becomes 511$/, why: "words of eight bytes: the last one starts at 504 in either case" },
  { where: /trusted\/isRotated/, what: /^i32\.const 176 becomes 177$/, why: "asked of the Director, whose place is not multiplied; the Image repository has no time key" },
  { where: /trusted\/sound/, what: /^i32\.lt_u becomes i32\.le_u$/, why: "behind the record stands the report, blank while a session opens" },
  { where: /file\/take|entry\/limitOf/, what: /^i64\.(gt|lt)_u becomes i64\.(ge|le)_u$/, why: "of two equal numbers either is the smaller" },
  { where: /chain\/(chainEnd|rises)/, what: /^i64\.(gt|lt)_u becomes i64\.(ge|le)_u$/, why: "equal versions were told apart before" },
  { where: /top\/genuine/, what: /^i32\.const 8 becomes 9$/, why: "whoever states the digest of a file states its version" },
  { where: /full\/feed|partial\/partialFeed/, what: /^condition of (br_)?if always (true|false)$/, why: `${STUCK}; action 0 is none` },
  { where: /index\/forget/, what: /^i32\.const \d{5} becomes \d{5}$/, near: /bytes\/clear$/, why: "the first byte of the vehicle's tag stays: no tag is like that with zeros behind it" },
  { where: /partial\/partialEnd/, what: /^i32\.const 16 becomes 17$/, why: "the option it looks at as well is none of partial verification's" },
  { where: /mapping\/(mapAct|repository)/, what: /^i32\.const 8 becomes 9$/, why: "the flag it looks at as well is one of a cycle, and the inventory of a map has none" },
  { where: /mapping\/mapEnd|full\/end/, what: /^condition of if always true$/, why: "a verdict of 0 is no failure" },
  { where: /match\/matchAct/, what: /^condition of if always false$/, why: "what an entry that nobody wanted leaves is cleared when a wanted one opens" },
  { where: /manifest\/manifestAct/, what: /^condition of if always true$/, why: "a signature that is no hex of 64 bytes is one of other bytes, and verifies under nobody" },
  { where: /payload\/askImage/, what: /^i32\.const 15\d{3} becomes 15\d{3}$/, why: "the byte below the word is always zero" },
  { where: /attest\/timeEnd/, what: /^condition of if always true$/, why: "the time that is trusted already is written again" },
  { where: /clock\/clockReset/, what: /^i64\.const 0 becomes 1$/, why: "one second after 1970: every time that is attested is later" },
  { where: /bytes\/date/, what: /^i32\.const 12 becomes 11$/, why: "parts go up by two" },
  { where: /full\/end/, what: /^i32\.const 48 becomes 49$/, why: "the flag it looks at as well is one of a cycle, and the inventory of a manifest has none" },
  { where: /json\/next/, what: /^i32\.const 200 becomes 199$/, why: "the grammar has no context of that number" },
  { where: /json\/open/, what: /^i32\.const 65535 becomes 65534$|^condition of if always true$/, why: "a container opens behind a name or in an array: its length is never absent" },
  { where: /signatures\/signersOf/, what: /^condition of br_if always false$/, why: "more signatures are checked than are needed: the same verdict, later" },
  { where: /report\/ready/, what: /^condition of if always false$/, why: STUCK },
  { where: /full\/heard/, what: /^condition of if always false$/, why: "what it forgets early is not there before the end" },
  { where: /bytes\/base64/, what: /^i32\.ge_u becomes i32\.gt_u$/, why: "a whole byte is taken a digit later, and the last digit is none of those" },
  { where: /full\/open|search\/(startSearch|list)/, what: /^i32\.const 33 becomes 34$/, why: "without its first row the grammar reads over _type, in a file that is known by its digest" },
  { where: /file\/begin/, what: /^i32\.const 5120 becomes 5121$/, why: "every level lies one byte further" },
  {
    where: /cycle\/(targetsEnd|timestampEnd|snapshotEnd)|partial\/partialEnd|attest\/timeEnd|search\/(roleEnd|fetch|follow)|chain\/(chainEnd|onwards|accept)|top\/genuine/,
    what: /^condition of (br_)?if always (true|false)$|^i32\.const 0 becomes 1$/, why: STUCK,
  },
  { where: /signatures\/(reached|judgeRole)/, what: /^i32\.const 0 becomes 1$/, why: STUCK },
  { where: /report\/(ready|done|keep|note|ask|asImage)/, what: /^i(32|64)\.const 15\d{3} becomes 15\d{3}$/, why: "words of small numbers and zeros: a byte lower they say the same" },
];

export function reason(survivor: Pick<Survivor, "where" | "what" | "near" | "reached">): string {
  const found = REASONS.find(({ where, what, near }) => where.test(survivor.where) && what.test(survivor.what) && (near === undefined || near.test(survivor.near)));
  return found?.why ?? (survivor.reached ? "open: no test yet" : "open: no test comes here");
}
