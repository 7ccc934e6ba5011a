/** What people do in the demo: a supplier publishes images, a fleet operator registers the vehicle, orders images and looks at the inventory. */
import * as v from "valibot";
import { type Entry, date, targets } from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { toHex } from "../../bindings/hex.ts";
import { encodeName } from "../../bindings/urls.ts";
import { send } from "../fetch.ts";
import type { Fleet, Image } from "../provision.ts";

const TARGETS_DAYS = 30;
const ANSWER_MAX = 1024 * 1024; // bytes

/** An image and the ECU it is for. */
export interface Assigned {
  serial: string;
  hardwareId: string;
  image: Omit<Image, "bytes">;
}

export interface Operator {
  register(): Promise<void>;
  /** Uploads images, then Targets signed offline that list everything published so far. */
  publish(images: { hardwareId: string; image: Image }[]): Promise<void>;
  assign(correlationId: string, assigned: Assigned[], encrypted?: boolean): Promise<void>;
  /** Hands an image to the Director, which is to encrypt it. */
  handIn(bytes: Uint8Array): Promise<void>;
  inventory(): Promise<Inventory>;
}

const inventoryShape = v.object({
  vin: v.string(),
  ecus: v.array(v.object({
    serial: v.string(),
    state: v.string(),
    installed: v.nullable(v.object({ name: v.string() })),
    sha256: v.nullable(v.string()),
    attack: v.nullable(v.object({ note: v.string() })),
  })),
});

export type Inventory = v.InferOutput<typeof inventoryShape>;

export function createOperator(fleet: Fleet): Operator {
  const admin = { authorization: `Bearer ${fleet.adminToken}`, "content-type": "application/json" };
  const upload = { authorization: `Bearer ${fleet.uploadToken}`, "content-type": "application/octet-stream" };
  const listed = new Map<string, Entry>();
  let version = 0;

  const post = async (path: string, body: object): Promise<void> => {
    await send("POST", `${fleet.urls.director}/admin/vehicles${path}`, Buffer.from(JSON.stringify(body)), ANSWER_MAX, admin);
  };

  return {
    register: () => post("", {
      vin: fleet.vin,
      primary: fleet.ecus[0]?.serial,
      ecus: fleet.ecus.map(({ serial, hardwareId, key, encryptWith, factory: { name, length, hashes, releaseCounter } }) => ({
        serial, hardwareId, key: key.public, image: { name, length, hashes, releaseCounter },
        ...(encryptWith === undefined ? {} : { imageKey: { kind: encryptWith.kind, key: toHex(encryptWith.key) } }),
      })),
    }),
    publish: async (images) => {
      for (const { hardwareId, image } of images) {
        await send("PUT", `${fleet.urls.repository}/repo/uploads/images/${encodeName(image.name)}`, image.bytes, ANSWER_MAX, upload);
        const { name, length, hashes, releaseCounter } = image;
        listed.set(name, { length, hashes, custom: { releaseCounter, hardwareIds: [hardwareId] } });
      }
      version++;
      const expires = date(Math.floor(Date.now() / 1000) + TARGETS_DAYS * 86400);
      const signed = await sign(targets({ version, expires, targets: new Map(listed) }), fleet.imageTargets);
      await send("PUT", `${fleet.urls.repository}/repo/uploads/targets`, signed, ANSWER_MAX, upload);
    },
    handIn: async (bytes) => void (await send("PUT", `${fleet.urls.director}/admin/images`, bytes, ANSWER_MAX, { ...admin, "content-type": "application/octet-stream" })),
    assign: (correlationId, assigned, encrypted = false) => post(`/${fleet.vin}/assignment`, {
      correlationId,
      images: assigned.map(({ serial, image: { name, length, hashes, releaseCounter } }) => ({ name, length, hashes, releaseCounter, ecus: [serial], ...(encrypted ? { encrypted } : {}) })),
    }),
    inventory: async () => {
      const answer = await fetch(`${fleet.urls.director}/admin/vehicles/${fleet.vin}`, { headers: admin, signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) throw new Error(`Cannot read the inventory: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
      return v.parse(inventoryShape, await answer.json());
    },
  };
}
