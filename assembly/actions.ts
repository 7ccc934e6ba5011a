/** What the rows of the grammar set off in every session that reads signed files. What an image's entry means is the session's business. */
import * as Grammar from "./grammar";
import { STAGED } from "./layout";
import { entryOpens, release, vehicle } from "./targets";
import { expiry, roleVersion, spec, type } from "./header";
import { begin, hardware, hash, length } from "./entry";
import { keyCloses, keyOpens, keyPublic, keyScheme, keyType } from "./keyset";
import { keyId, signature, signatureOpens } from "./signatures";
import { signatureCloses } from "./slots";
import { keysOpen, roleKeyId, roleOpens, roleThreshold } from "./root";
import { nonce, time } from "./attest";
import { signedCloses, signedOpens } from "./file";

export function act(action: u32): void {
  switch (action) {
    case Grammar.SIGNED_OPENS:
      return signedOpens();
    case Grammar.SIGNED_CLOSES:
      return signedCloses();
    case Grammar.SIGNATURE_OPENS:
      return signatureOpens();
    case Grammar.SIGNATURE_CLOSES:
      return signatureCloses();
    case Grammar.KEY_ID:
      return keyId();
    case Grammar.SIG:
      return signature();
    case Grammar.TYPE:
      return type();
    case Grammar.EXPIRES:
      return expiry();
    case Grammar.VERSION:
      return roleVersion();
    case Grammar.SPEC_VERSION:
      return spec();
    case Grammar.KEYS_OPENS:
      return keysOpen();
    case Grammar.KEY_OPENS:
      return keyOpens(STAGED);
    case Grammar.KEY_CLOSES:
      return keyCloses();
    case Grammar.KEYTYPE:
      return keyType();
    case Grammar.SCHEME:
      return keyScheme();
    case Grammar.PUBLIC:
      return keyPublic();
    case Grammar.ROLE_OPENS:
      return roleOpens();
    case Grammar.THRESHOLD:
      return roleThreshold();
    case Grammar.ROLE_ID:
      return roleKeyId();
    case Grammar.TIME:
      return time();
    case Grammar.NONCE:
      return nonce();
    case Grammar.VEHICLE:
      return vehicle();
    case Grammar.ENTRY_OPENS:
      return entryOpens();
    case Grammar.LENGTH:
      return length();
    case Grammar.HASH:
      return hash();
    case Grammar.RELEASE:
      return release();
    case Grammar.CIPHER_OPENS:
    case Grammar.ENCRYPTED_CLOSES:
      return begin();
    case Grammar.HARDWARE:
      return hardware();
    default:
      return;
  }
}
