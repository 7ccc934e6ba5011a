/**
 * Every verdict of the core, numbered once; asc and tsc both compile this file. Append, never renumber.
 * Each group names the attack of Uptane 2.1.0 §4.3 it points to; bindings/errors.ts has the table.
 */

export const Ok = 0;

// The caller is at fault: the bytes were not judged.
export const BadOrder = 1; // a call out of order
export const BadArgument = 2; // a length or number out of range

// Not JSON, or not the one spelling we read (arbitrary software, denial of service).
export const Syntax = 10;
export const Utf8 = 11; // invalid UTF-8 or a lone surrogate
export const Unsorted = 12; // members do not rise by decoded bytes
export const Duplicate = 13; // the same member twice
export const Fraction = 14; // a fraction or an exponent
export const NumberRange = 15; // beyond 2^53 - 1, or minus zero
export const Depth = 16; // expected = greatest depth
export const NameLength = 17; // a member name, or all open names together, too long
export const TextLength = 18; // a string we need is too long
export const Truncated = 19; // the file ends early

// JSON, but not the file asked for (arbitrary software, mix-and-match).
export const Malformed = 30; // a member is missing or has the wrong type; found = its number in names.ts
export const WrongType = 31; // _type is another role's
export const BadDate = 32;
export const BadHex = 33;
export const KeyId = 34; // not the hash of the key
export const DuplicateKey = 35; // one key, or one id, listed twice
export const DuplicateSignature = 36; // one key id signs twice
export const ZeroThreshold = 37;
export const Limit = 38; // found = how many, expected = the bound in layout.ts
export const Evidence = 39; // a step left no evidence: found = bits, expected = mask

// Signatures (arbitrary software).
export const BadSignature = 40; // none good
export const UnmetThreshold = 41; // found = good ones by distinct keys, expected = threshold

// Freshness and consistency.
export const Rollback = 50; // found and expected are versions
export const Freeze = 51; // found = expires, expected = now
export const MixAndMatch = 52; // versions, lengths or digests disagree inside one repository
export const RootVersion = 53; // a Root that skips a version
export const Vanished = 54; // a file the stored Snapshot lists is gone (rollback)

// Director against Image repository, and against the vehicle.
export const Mismatch = 60; // found = which field: FIELD_ of abi.ts
export const NotFound = 61; // no authorised role lists the image
export const RoleInvalid = 62; // a delegated file is missing or bad; found = the status it failed with
export const DirectorDelegates = 63; // delegations in Director Targets
export const RepeatedEcu = 64;
export const UnknownEcu = 65;
export const WrongVehicle = 66;
export const NoSuchImage = 67; // Director Targets has no entry for this ECU
export const WrongHardware = 68;
export const ReleaseCounter = 69; // lower than installed, or gone after one was seen (rollback)
export const NoAgreement = 70; // of the repositories of a map: found = how many list the image, expected = threshold
export const Unverified = 71; // a repository the map needs was not verified

// Transfer: said by the host, or found by counting.
export const EndlessData = 80; // more bytes than the limit (found: limit + 1)
export const SlowRetrieval = 81;
export const Unavailable = 82; // no answer: not the same as "not there"
export const Missing = 83; // a clear "not there"
export const DecryptFailed = 84; // the key of this ECU does not open the image

// Image bytes.
export const LengthMismatch = 90;
export const HashMismatch = 91;
export const UnsupportedHash = 92; // a listed function that cannot be computed, or none at all

// Time.
export const Nonce = 100; // the own nonce is not in the attestation
export const TimeBack = 101; // earlier than a time already attested
export const NoFreshTime = 102; // nothing is installed before the time was attested in this cycle
export const TimeJump = 103; // further ahead of the last attested time than an ECU can have slept

// Storage.
export const Storage = 110; // a file the record names did not come back as it was
export const Record = 111; // the record is torn or foreign

// Manifests and reports.
export const ReportMissing = 120; // found = index of the ECU without a report
export const Replayed = 121; // the counter did not rise; found, expected = counters
export const PayloadHash = 122; // the hash in the signature entry is not the payload's
export const WrongPrimary = 123; // signed by, or naming, another ECU than the registered Primary
