/**
 * Frames of the link inside the vehicle: a length of four bytes, big-endian, and that many bytes. Nothing else is decided here;
 * message.ts says what a frame holds.
 */

/** Bytes of one frame at most, without its length: a report with its header, or a piece of a file. */
export const FRAME_MAX = 8192;

/** What arrived is no frame, or no message. `fatal`: where the next frame starts is not known any more. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: string; // one word, sent to the other side
  readonly fatal: boolean;

  constructor(code: string, message: string, fatal = false) {
    super(message);
    this.code = code;
    this.fatal = fatal;
  }
}

/** Length and bytes, ready to send. */
export function frame(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 || bytes.length > FRAME_MAX) throw new LinkError("size", `Cannot send a frame of ${bytes.length} bytes, at most ${FRAME_MAX}`);
  const out = new Uint8Array(4 + bytes.length);
  new DataView(out.buffer).setUint32(0, bytes.length);
  out.set(bytes, 4);
  return out;
}

/** Cuts a stream of any pieces into frames; holds at most one frame that is not complete. */
export class Deframer {
  #held = new Uint8Array(0);

  /**
   * @returns the frames that are complete now
   * @throws LinkError  fatal, for a length of 0 or beyond FRAME_MAX; what came before it in the same piece is lost too
   */
  push(piece: Uint8Array): Uint8Array[] {
    const bytes = new Uint8Array(this.#held.length + piece.length);
    bytes.set(this.#held);
    bytes.set(piece, this.#held.length);
    const view = new DataView(bytes.buffer);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = view.getUint32(at);
      if (length === 0 || length > FRAME_MAX) throw new LinkError("size", `Cannot read a frame of ${length} bytes, at most ${FRAME_MAX}`, true);
      if (bytes.length - at - 4 < length) break;
      frames.push(bytes.slice(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#held = bytes.slice(at);
    return frames;
  }

  /** Bytes of a frame that never ended. */
  get left(): number {
    return this.#held.length;
  }
}
