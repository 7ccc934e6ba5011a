/** Images on their way in: streamed to disk, into quarantine. What leads out of it is Targets that the core takes (publish.ts). */
import { createHash } from "node:crypto";
import type { RepositoryConfig } from "../config.ts";
import { type Ctx, HttpError, pieces } from "../http.ts";
import type { Judge } from "../judge.ts";
import { type Disk, Part } from "./disk.ts";

const UPLOADS_MAX = 8; // at a time

export class Uploads {
  readonly #disk: Disk;
  readonly #judge: Judge;
  readonly #limits: RepositoryConfig["limits"];
  #running = 0;

  constructor(disk: Disk, judge: Judge, limits: RepositoryConfig["limits"]) {
    this.#disk = disk;
    this.#judge = judge;
    this.#limits = limits;
  }

  /**
   * Takes the body of a request as the image `name`, in the place of an earlier upload of that name.
   *
   * @returns what a Targets entry has to say of it
   * @throws HttpError 413 over the limit; 409 when the quarantine is full; 429 when too many uploads run
   */
  async take(c: Ctx, name: string): Promise<{ name: string; length: number; hashes: { sha256: string; sha512: string } }> {
    if (this.#running >= UPLOADS_MAX) throw new HttpError(429, "Cannot take more uploads at a time: try again later");
    this.#room(name, Number(c.req.header("content-length") ?? 0));
    this.#running++;
    try {
      return await this.#stream(c, name);
    } finally {
      this.#running--;
    }
  }

  async #stream(c: Ctx, name: string) {
    const place = this.#disk.quarantined(name);
    const [sha256, sha512] = [createHash("sha256"), createHash("sha512")];
    const part = new Part(place);
    let length = 0;
    try {
      for await (const piece of pieces(c, this.#limits.image)) {
        sha256.update(piece);
        sha512.update(piece);
        length += piece.length;
        await part.write(piece);
      }
      await part.sync();
      // In the queue of the core: an image does not change under a Targets that is being judged.
      await this.#judge.alone(() => {
        this.#room(name, length);
        part.commit(place);
        return Promise.resolve();
      });
    } catch (error) {
      part.discard();
      throw error;
    }
    return { name, length, hashes: { sha256: sha256.digest("hex"), sha512: sha512.digest("hex") } };
  }

  #room(name: string, length: number): void {
    const { files, bytes } = this.#disk.quarantine(name);
    const { quarantineFiles, quarantineBytes } = this.#limits;
    if (files + 1 > quarantineFiles || bytes + length > quarantineBytes) throw new HttpError(409, "Cannot take this image: the quarantine is full");
  }
}
