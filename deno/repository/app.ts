/** The Image repository's paths (docs/POUF.md): files and images for clients, uploads for the operator. */
import type { Hono } from "hono";
import { NAME_MAX, TARGETS_LIMIT } from "../../assembly/layout.ts";
import { UsageError } from "../../bindings/errors.ts";
import { encodeName, imageFile } from "../../bindings/urls.ts";
import { application, bearer, body, bytesResponse, type Ctx, type Env, FOREVER, HttpError, NEVER } from "../http.ts";
import { read, size, stream } from "./disk.ts";
import { publishTargets, refresh, type Repository } from "./publish.ts";
import type { Uploads } from "./uploads.ts";

const FILE_NAME_MAX = 200; // bytes of an encoded role name: it becomes part of a file name

export function repositoryApp(repository: Repository, uploads: Uploads, uploadToken: string): Hono<Env> {
  const app = application();
  app.get("/health", (c) => c.json({ ok: true }));
  app.use("/repo/uploads/*", bearer(uploadToken));
  app.put("/repo/uploads/images/*", async (c) => c.json(await uploads.take(c, imageNamed(tail(c, "/repo/uploads/images/"))), 201));
  app.put("/repo/uploads/targets", async (c) => c.json(await publishTargets(repository, undefined, await body(c, TARGETS_LIMIT)), 201));
  app.put("/repo/uploads/roles/*", async (c) => {
    const role = roleNamed(rest(c, "/repo/uploads/roles/"));
    return c.json(await publishTargets(repository, role, await body(c, TARGETS_LIMIT)), 201);
  });
  app.get("/repo/targets/*", (c) => image(repository, tail(c, "/repo/targets/").join("/")));
  app.get("/repo/*", (c) => metadata(repository, rest(c, "/repo/")));
  return app;
}

/** What follows `prefix` in the path, decoded once: one name, in which a slash stands as %2F. The path is taken as it was sent. */
function rest(c: Ctx, prefix: string): string {
  const raw = c.env.incoming.url?.split("?", 1)[0] ?? "";
  if (!raw.startsWith(prefix) || raw.includes("/", prefix.length)) throw new HttpError(404, "Cannot find this path");
  return decoded(raw.slice(prefix.length));
}

/** The same for an image, segment by segment. @throws HttpError 400 for an encoding that is none, or a segment that holds a slash */
function tail(c: Ctx, prefix: string): string[] {
  const raw = c.env.incoming.url?.split("?", 1)[0] ?? "";
  if (!raw.startsWith(prefix)) throw new HttpError(404, "Cannot find this path");
  return raw.slice(prefix.length).split("/").map((segment) => {
    const text = decoded(segment);
    if (text.includes("/")) throw new HttpError(400, "Cannot take a slash inside a name's segment");
    return text;
  });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) throw new HttpError(400, "Cannot read this path: its percent-encoding is broken");
    throw error;
  }
}

/** An image name as our Targets may list it. @throws HttpError 400 */
function imageNamed(segments: string[]): string {
  const name = segments.join("/");
  if (!/^[\x20-\x7e]+$/.test(name) || name.length > NAME_MAX) {
    throw new HttpError(400, `Cannot take this image name: 1 to ${NAME_MAX} printable ASCII characters are allowed`);
  }
  try {
    imageFile({ name, sha256: "" });
  } catch (error) {
    if (error instanceof UsageError) throw new HttpError(400, error.message);
    throw error;
  }
  return name;
}

/** The name of a delegated role. @throws HttpError 400 */
function roleNamed(name: string): string {
  if (!/^[\x20-\x7e]+$/.test(name) || encodeName(name).length > FILE_NAME_MAX) throw new HttpError(400, "Cannot take this role name");
  if (["root", "timestamp", "snapshot", "targets"].includes(name)) throw new HttpError(400, `Cannot delegate to a role named ${name}`);
  return name;
}

async function metadata(repository: Repository, name: string): Promise<Response> {
  const match = /^(?:([1-9][0-9]{0,15})\.)?(.+)\.json$/.exec(name);
  const [, digits, role] = match ?? [];
  if (role === undefined || (digits !== undefined && role === "timestamp")) throw new HttpError(404, "Cannot find this file");
  if (name === "timestamp.json") await refresh(repository);
  const bytes = file(repository, digits === undefined ? undefined : Number(digits), role);
  if (bytes === undefined) throw new HttpError(404, "Cannot find this file");
  return bytesResponse(bytes, "application/json", digits === undefined ? NEVER : FOREVER);
}

/** A file by version; without one the one in force. */
function file({ disk, roots, published }: Repository, version: number | undefined, role: string): Uint8Array | undefined {
  if (role === "root") return roots.get(version ?? roots.size);
  if (version === undefined) {
    if (role === "timestamp") return read(disk.metadata("timestamp.json"));
    return role === "snapshot" ? published?.snapshot.bytes : published?.files.get(`${role}.json`)?.bytes;
  }
  const name = encodeName(role);
  return name.length > FILE_NAME_MAX ? undefined : read(disk.metadata(`${version}.${name}.json`));
}

function image({ disk }: Repository, path: string): Response {
  const place = disk.image(path);
  const length = size(place);
  if (length === undefined) throw new HttpError(404, "Cannot find this image");
  return new Response(ReadableStream.from(stream(place)), {
    headers: { "content-type": "application/octet-stream", "content-length": String(length), "cache-control": NEVER },
  });
}
