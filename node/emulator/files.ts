/** Named values in a journal: name and bytes share one entry, so that both are there or neither. */
import type { Values } from "../kept.ts";
import { FlashError } from "./flash.ts";
import type { Journal } from "./journal.ts";

/** @param first, count  the journal keys that these values may use */
export function journalValues(journal: Journal, first: number, count: number): Values {
  function named(): Map<string, number> {
    const found = new Map<string, number>();
    for (const key of journal.keys()) {
      if (key < first || key >= first + count) continue;
      const entry = journal.read(key);
      if (entry !== undefined) found.set(Buffer.from(entry.subarray(1, 1 + (entry[0] ?? 0))).toString("utf8"), key);
    }
    return found;
  }

  return {
    list: () => [...named().keys()],
    get: (name) => {
      const key = named().get(name);
      const entry = key === undefined ? undefined : journal.read(key);
      return entry?.slice(1 + (entry[0] ?? 0));
    },
    put: (name, bytes) => {
      const all = named();
      const used = new Set(all.values());
      let key = all.get(name) ?? first;
      if (!all.has(name)) while (used.has(key)) key++;
      if (key >= first + count) throw new FlashError(`Cannot keep more than ${count} files`);
      const text = Buffer.from(name, "utf8");
      if (text.length > 255) throw new FlashError(`Cannot keep a name of ${text.length} bytes`);
      journal.write(key, Buffer.concat([Uint8Array.of(text.length), text, bytes]));
    },
    remove: (name) => {
      const key = named().get(name);
      if (key !== undefined) journal.remove(key);
    },
  };
}
