/** One end of an authenticated connection: what it sends is counted and keyed, what it takes has to be for it, new and genuine. */
import { LinkError } from "./frame.ts";
import { ERROR, type Message, TO_PRIMARY, TO_SECONDARY, authentic, decodeMessage, encodeMessage } from "./message.ts";

export interface Names {
  vehicle: string;
  self: string; // serials
  peer: string;
  hop: number; // of what this end sends: TO_SECONDARY or TO_PRIMARY
}

export class Channel {
  readonly names: Names;
  #key: Uint8Array;
  #sent = 0n;
  #taken = 0n;

  constructor(names: Names, key: Uint8Array) {
    this.names = names;
    this.#key = key;
  }

  /** From the next message on; counters go on rising. */
  rekey(key: Uint8Array): void {
    this.#key = key;
  }

  /** @returns the bytes of the frame, and the counter an answer will name */
  seal(kind: number, payload: Uint8Array, answers = 0n): { bytes: Uint8Array; counter: bigint } {
    const { vehicle, self, peer, hop } = this.names;
    const counter = ++this.#sent;
    return { bytes: encodeMessage({ kind, hop, counter, answers, vehicle, sender: self, receiver: peer, payload }, this.#key), counter };
  }

  /**
   * @throws LinkError  for a message that is not for this end ("receiver", "vehicle", "hop"), not by the peer ("sender", "mac"), or not new
   *                    ("replay"); nothing of it is used, and the channel stays as it was
   */
  open(bytes: Uint8Array): Message {
    const message = decodeMessage(bytes);
    const { vehicle, self, peer, hop } = this.names;
    if (!authentic(bytes, this.#key)) throw new LinkError("mac", "Cannot trust a message: its MAC is not that of this connection");
    if (message.vehicle !== vehicle) throw new LinkError("vehicle", `Cannot take a message for vehicle ${message.vehicle}`);
    if (message.receiver !== self) throw new LinkError("receiver", `Cannot take a message for ${message.receiver}`);
    if (message.sender !== peer) throw new LinkError("sender", `Cannot take a message of ${message.sender}`);
    if (message.hop !== (hop === TO_PRIMARY ? TO_SECONDARY : TO_PRIMARY)) throw new LinkError("hop", `Cannot take a message of hop ${message.hop}`);
    if (message.counter <= this.#taken) throw new LinkError("replay", `Cannot take message ${message.counter} after ${this.#taken}`);
    this.#taken = message.counter;
    return message;
  }
}

/** An error for somebody who could not be told apart: it has no MAC, so it is worth a log line at most. */
export function bareError(vehicle: string, sender: string, code: string): Uint8Array {
  return encodeMessage({ kind: ERROR, hop: TO_SECONDARY, counter: 0n, answers: 0n, vehicle, sender, receiver: "", payload: Buffer.from(code) }, undefined);
}
