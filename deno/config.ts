/**
 * What provisioning leaves in the data folder of each server, and what the server adds. Plain TypeScript: Node and Deno both run it.
 *
 * Every server is started as `main.ts DATA_FOLDER` and reads nothing outside DATA_FOLDER. Folders are 0700, files 0600.
 *
 * Director
 *   config.json            `directorConfig`
 *   keys/NAME.pem          PKCS#8, the files named in `keys`: roles timestamp, snapshot, targets (Root keys stay offline)
 *   roots/N.root.json      signed Director Roots, 1 to the newest, as served
 *   director.sqlite        (made by the server) vehicles, ECUs, manifests, orders, every file ever signed
 *
 * Image repository
 *   config.json            `repositoryConfig`
 *   keys/NAME.pem          roles timestamp, snapshot (Root and Targets keys stay offline)
 *   roots/N.root.json      signed Image Roots, 1 to the newest, as served
 *   metadata/ images/ quarantine/ client.json   (made by the server) see repository/disk.ts
 *
 * time server
 *   config.json            `timeConfig`
 *   keys/NAME.pem          role time of the Director's Root
 *
 * PROVISIONING writes config.json, keys/ and roots/. Nothing else has to exist.
 */
import * as v from "valibot";

export const CONFIG_FORMAT = 1;

/** File names directly below `keys/`; one signature each, so as many as the role's threshold asks for. */
const keyFiles = v.pipe(v.array(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.pem$/))), v.minLength(1), v.maxLength(16));

/** Seconds a signed file lives. */
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10 * 366 * 86400));

const bytes = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER));
const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000));

/** At least 128 random bits, printable; sent as `authorization: Bearer TOKEN`. */
const token = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{32,256}$/));

const common = {
  format: v.literal(CONFIG_FORMAT),
  /** 0: any free port; the hello line on stdout says which. */
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535)),
};

export const directorConfig = v.strictObject({
  ...common,
  kind: v.literal("director"),
  /** Of the operator's API. */
  adminToken: token,
  keys: v.strictObject({ timestamp: keyFiles, snapshot: keyFiles, targets: keyFiles }),
  lifetime: v.strictObject({ timestamp: seconds, snapshot: seconds, targets: seconds }),
});

export const repositoryConfig = v.strictObject({
  ...common,
  kind: v.literal("image-repository"),
  /** Of the upload path. */
  uploadToken: token,
  keys: v.strictObject({ timestamp: keyFiles, snapshot: keyFiles }),
  lifetime: v.strictObject({ timestamp: seconds, snapshot: seconds }),
  limits: v.strictObject({
    /** Bytes of one image. */
    image: bytes,
    /** Images waiting in quarantine, and their bytes together. */
    quarantineFiles: count,
    quarantineBytes: bytes,
  }),
});

export const timeConfig = v.strictObject({
  ...common,
  kind: v.literal("time-server"),
  keys: v.strictObject({ time: keyFiles }),
  limits: v.strictObject({
    /** Nonces in one request: one for each ECU that wants fresh time. */
    nonces: v.pipe(count, v.maxValue(256)),
  }),
});

export type DirectorConfig = v.InferOutput<typeof directorConfig>;
export type RepositoryConfig = v.InferOutput<typeof repositoryConfig>;
export type TimeConfig = v.InferOutput<typeof timeConfig>;

/**
 * Reads the text of a config.json.
 *
 * @throws Error "Cannot read config.json: …", with the path of the first member that is wrong.
 */
export function parseConfig<T extends v.GenericSchema>(schema: T, text: string): v.InferOutput<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error("Cannot read config.json: it is not JSON", { cause: error });
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Error(`Cannot read config.json: ${v.getDotPath(issue) ?? "the file"}: ${issue.message}`);
}
