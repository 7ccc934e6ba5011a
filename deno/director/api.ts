/** Shapes of the operator's requests to the Director (docs/POUF.md, operator's API). What they name ends up in signed files, so it is ASCII. */
import * as v from "valibot";
import { ECUS_MAX, NAME_MAX } from "../../assembly/layout.ts";
import { canonical } from "../../bindings/canonical.ts";
import { UsageError } from "../../bindings/errors.ts";

const MUST_MATCH_MAX = 4096; // bytes, canonical

/** Vehicle, ECU and hardware identifiers: they stand in URLs and signed files. */
export const identifier = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, "an identifier is 1 to 64 letters, digits and . _ : -"));

const digest = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `a digest of ${bytes} bytes in lower-case hex`));
const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const hashes = v.strictObject({ sha256: digest(32), sha512: v.exactOptional(digest(64)) });
const name = v.pipe(v.string(), v.regex(new RegExp(`^[\\x20-\\x7e]{1,${NAME_MAX}}$`), `an image name is 1 to ${NAME_MAX} printable ASCII characters`));

/** Whatever can be signed; the core compares it with the Image repository's. */
const mustMatch = v.custom<object>((x) => typeof x === "object" && x !== null && !Array.isArray(x) && signable(x), "must-match data is an object that can be signed");

function signable(value: object): boolean {
  try {
    return canonical(value).length <= MUST_MATCH_MAX;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** An image as it was registered or acknowledged: what an ECU runs without the Director having ordered it. */
const provisionedImage = v.strictObject({ name, length: natural, hashes, releaseCounter: v.exactOptional(natural) });

/** POST /admin/vehicles */
export const registration = v.strictObject({
  vin: identifier,
  primary: identifier,
  ecus: v.pipe(
    v.array(v.strictObject({
      serial: identifier,
      hardwareId: identifier,
      key: v.strictObject({ keytype: v.literal("ed25519"), scheme: v.literal("ed25519"), keyval: v.strictObject({ public: digest(32) }) }),
      image: v.exactOptional(provisionedImage),
      imageKey: v.exactOptional(v.strictObject({ kind: v.picklist(["aes", "x25519"]), key: digest(32) })), // images may be encrypted with it; public for x25519
    })),
    v.minLength(1),
    v.maxLength(ECUS_MAX),
  ),
});

/** POST /admin/vehicles/VIN/assignment. `hardwareIds`: what the image fits; the ECUs named are held against it where it is given. */
export const order = v.strictObject({
  correlationId: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,200}$/, "a correlation id is 1 to 200 printable ASCII characters")),
  images: v.pipe(
    v.array(v.strictObject({
      name,
      length: natural,
      hashes,
      releaseCounter: natural,
      mustMatch: v.exactOptional(mustMatch),
      hardwareIds: v.exactOptional(v.pipe(v.array(identifier), v.minLength(1), v.maxLength(64))),
      ecus: v.pipe(v.array(identifier), v.minLength(1), v.maxLength(ECUS_MAX)),
      encrypted: v.exactOptional(v.boolean()), // for each ECU, with its image key
    })),
    v.minLength(1),
    v.maxLength(ECUS_MAX),
  ),
});

/** POST /admin/vehicles/VIN/ecus/SERIAL/image: the operator says that this image is there with good reason. */
export const acknowledgement = provisionedImage;

export type Registration = v.InferOutput<typeof registration>;
export type Order = v.InferOutput<typeof order>;
export type ProvisionedImage = v.InferOutput<typeof provisionedImage>;
