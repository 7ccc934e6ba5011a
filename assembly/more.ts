/** What the rows of the grammar set off beyond actions.ts: the parts of an entry that only full verification looks at, `meta` and delegations. */
import * as Grammar from "./grammar";
import { MUST_MATCH } from "./layout";
import { clear } from "./bytes";
import { delegationsAct } from "./delegations";
import { fileVersion, hardware } from "./entry";
import { metaCloses, metaOpens } from "./meta";
import { objectEnds, objectStarts } from "./sink";

export let limited: bool = false; // the entry lists hardware identifiers
export let addressed: bool = false; // the entry names an ECU

export function moreAct(action: u32): void {
  switch (action) {
    case Grammar.ENTRY_OPENS:
      clear(MUST_MATCH, 32);
      limited = false;
      addressed = false;
      return;
    case Grammar.ECU_CLOSES:
      addressed = true;
      return;
    case Grammar.HARDWARE_IDS_OPENS:
      limited = true;
      return;
    case Grammar.FITS:
      return hardware();
    case Grammar.MUST_MATCH_OPENS:
      return objectStarts();
    case Grammar.MUST_MATCH_CLOSES:
      return objectEnds(MUST_MATCH);
    case Grammar.META_OPENS:
      return metaOpens();
    case Grammar.META_VERSION:
      return fileVersion();
    case Grammar.META_CLOSES:
      return metaCloses();
    default:
      return delegationsAct(action);
  }
}
