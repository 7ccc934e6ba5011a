/** Verification and the hashes alone: what the size budget of the cryptography is measured on. */
export { ed25519Check, ed25519Verify, keyValid } from "./ed25519";
export { sha256Begin, sha256End, sha256Update } from "./sha256";
export { sha512Begin, sha512End, sha512Update } from "./sha512";
