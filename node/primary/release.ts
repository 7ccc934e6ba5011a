/**
 * What the Primary hands on to its Secondaries: nothing but what it has verified itself in the newest cycle that ended well. So a Secondary that does
 * partial verification takes only Targets that its Primary has confirmed (formal-model weakness "the Primary bypassed": docs/emulator.md).
 */
import { IMAGE, ROLE_PAYLOAD, ROLE_ROOT, ROLE_TARGETS, ROLE_TIME } from "../../assembly/abi.ts";
import { Missing, Ok } from "../../assembly/status.ts";
import type { FilePiece, FileRequest } from "../link/file.ts";
import type { PrimaryState } from "./state.ts";
import { type Verified, fileKey } from "./verify.ts";

export interface Release {
  time(attestation: Uint8Array): void;
  /** Opens what this cycle verified. */
  metadata(verified: Verified): void;
  piece(serial: string, request: FileRequest): FilePiece;
}

const NOTHING: FilePiece = { status: Missing, last: true, bytes: new Uint8Array(0) };

export function createRelease(state: PrimaryState): Release {
  const files = new Map<string, Uint8Array>();
  const images = new Map<string, { name: string; sha256: string; length: number }>(); // by serial
  let attestation: Uint8Array | undefined;

  function metadata({ files: verified, orders }: Verified): void {
    // A cycle that found nothing new did not ask the Image repository: its files of before stand.
    if (verified.has(fileKey({ repository: IMAGE, role: ROLE_TARGETS, name: "" }))) files.clear();
    for (const [name, bytes] of verified) files.set(name, bytes);
    images.clear();
    for (const { serial, image: { name }, handed } of orders) images.set(serial, { name, ...handed });
  }

  function find({ want }: FileRequest): Uint8Array | undefined {
    const { repository, role, version, name } = want;
    if (role === ROLE_TIME) return attestation;
    if (role === ROLE_ROOT) return version === 0 ? undefined : state.kept.find({ repository, role, name, version });
    return files.get(fileKey({ repository, role, name }));
  }

  function piece(serial: string, request: FileRequest): FilePiece {
    const { offset, size, want } = request;
    if (want.role === ROLE_PAYLOAD) {
      const image = images.get(serial); // no ECU is handed another one's image
      const bytes = image?.name === want.name ? state.images.piece(image.sha256, offset, size) : undefined;
      return image === undefined || bytes === undefined ? NOTHING : { status: Ok, last: offset + bytes.length >= image.length, bytes };
    }
    const file = find(request);
    if (file === undefined) return NOTHING;
    return { status: Ok, last: offset + size >= file.length, bytes: file.slice(offset, offset + size) };
  }

  return { time: (bytes) => void (attestation = bytes), metadata, piece };
}
