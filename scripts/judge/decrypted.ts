/** Decryption as our own packs state it: what comes of it, by ECU. They name no cipher. */
import { DecryptFailed } from "../../assembly/status.ts";
import type { Encrypted } from "../../bindings/core.ts";
import { type Content, bytesOf } from "./pack.ts";

/** With this method and this key (none: the ECU's own) comes this image; null: nothing does. */
export interface Decryption {
  method: string;
  key?: string;
  image: Content | null;
}

/** What an ECU makes of the ciphertext it was brought, where Targets name this method and key. */
export function decrypted({ method, key }: Encrypted, stated: Decryption | undefined): Uint8Array | number {
  return stated?.image == null || method !== stated.method || key !== stated.key ? DecryptFailed : bytesOf(stated.image);
}
