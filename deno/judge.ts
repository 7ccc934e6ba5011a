/** The core of a server and the queue before it: one session at a time, and whatever is decided on its verdict before the next one begins. */
import { Core } from "../bindings/core.ts";
import { MetadataError } from "../bindings/errors.ts";
import { HttpError } from "./http.ts";
import { log } from "./log.ts";

const WAITING_MAX = 256; // requests in the queue

export class Judge {
  #core: Core = Core.load();
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** SHA-256 of the module, hex. */
  get sha256(): string {
    return this.#core.sha256;
  }

  /**
   * Runs `work` alone.
   *
   * @throws HttpError  503 when too many wait; besides that whatever `work` throws
   */
  async alone<T>(work: (core: Core) => Promise<T>): Promise<T> {
    if (this.#waiting >= WAITING_MAX) throw new HttpError(503, "Cannot take more requests now: try again later");
    this.#waiting++;
    const turn = this.#tail.then(() => this.#run(work));
    this.#tail = turn.catch(() => undefined); // the error goes to the caller, who awaits `turn`; the queue only needs the end
    try {
      return await turn;
    } finally {
      this.#waiting--;
    }
  }

  async #run<T>(work: (core: Core) => Promise<T>): Promise<T> {
    try {
      return await work(this.#core);
    } catch (error) {
      // A refusal leaves the core in order; after anything else, a trap above all, its globals may be half-written.
      if (!(error instanceof MetadataError) && !(error instanceof HttpError)) {
        log("error", "the core is loaded anew", { error: String(error) });
        this.#core = Core.load();
      }
      throw error;
    }
  }
}

/** Whole seconds since 1970-01-01T00:00:00Z by the server's clock. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
