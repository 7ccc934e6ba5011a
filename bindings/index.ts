/** What `uptane-wasm` exports: the core and its loop, the Updater, and the writers of everything it reads. Cryptography alone: `uptane-wasm/crypto`. */
export * as abi from "../assembly/abi.ts";
export * as status from "../assembly/status.ts";
export * as metadata from "./metadata.ts";
export { Core, type EcuEntry, type Identity, type Report, type Reported, type Want } from "./core.ts";
export { type Host, type Source, run } from "./run.ts";
export { MetadataError, TransferError, UsageError, attackName, describe, statusName } from "./errors.ts";
export { type ImageStore, type MappedUpdaterOptions, type RepositoryOptions, type TargetInfo, Updater, type UpdaterOptions, type UpdaterStore } from "./updater.ts";
export { type Fetcher, type MetadataStore, Walk, type WalkOptions } from "./walk.ts";
export { type Mapped, agree, mappedRepositories } from "./mapping.ts";
export { type Signed, signedBy } from "./envelope.ts";
export { canonical } from "./canonical.ts";
export { type Key, type Signer, generateSigner, keyBytes, keyId, publicKey, readSigner, signerFromSeed, writeSigner } from "./keys.ts";
export { firstRecord } from "./record.ts";
export { sign } from "./sign.ts";
export { type EcuReport, ecuReport, vehicleManifest } from "./manifest.ts";
export { encodeName, imageName, metadataName } from "./urls.ts";
