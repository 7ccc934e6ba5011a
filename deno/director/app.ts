/** The Director's paths (docs/POUF.md): files and manifests for vehicles, inventory and orders for the operator. */
import type { Hono } from "hono";
import { MANIFEST_LIMIT } from "../../assembly/layout.ts";
import { application, bearer, body, bytesResponse, type Env, FOREVER, HttpError, jsonBody, NEVER, refusal, shaped } from "../http.ts";
import { MetadataError } from "../../bindings/errors.ts";
import { acknowledgement, identifier, order, registration } from "./api.ts";
import { IMAGE_MAX } from "./images.ts";
import { acknowledge, described, insert, registered, vehicle } from "./inventory.ts";
import { refresh, takeManifest } from "./manifest.ts";
import { assignments, end, merged, openAssignments, place } from "./orders.ts";
import { type Director, file, type OnlineRole, publish } from "./publish.ts";
import { inventory } from "./view.ts";

export function directorApp(director: Director, adminToken: string): Hono<Env> {
  const app = application();
  app.get("/health", (c) => c.json({ ok: true }));
  vehicles(app, director);
  operator(app, director, adminToken);
  return app;
}

function vehicles(app: Hono<Env>, director: Director): void {
  app.get("/vehicles/:vin/director/:file", async (c) => {
    const vin = known(director, c.req.param("vin"));
    const match = /^(?:([1-9][0-9]{0,15})\.)?(root|snapshot|targets|timestamp)\.json$/.exec(c.req.param("file"));
    if (match === null) throw new HttpError(404, "Cannot find this file");
    const version = match[1] === undefined ? undefined : Number(match[1]);
    const role = match[2] as OnlineRole | "root";
    if (role === "timestamp" && version === undefined) await refresh(director, vin);
    const bytes = role === "root" ? director.roots.get(version ?? director.roots.size) : file(director.db, vin, role, version);
    if (bytes === undefined) throw new HttpError(404, "Cannot find this file");
    return bytesResponse(bytes, "application/json", version === undefined ? NEVER : FOREVER);
  });
  app.get("/vehicles/:vin/director/encrypted/:sha256", (c) => {
    known(director, c.req.param("vin"));
    const bytes = director.images.encrypted(c.req.param("sha256"));
    if (bytes === undefined) throw new HttpError(404, "Cannot find this file");
    return bytesResponse(bytes, "application/octet-stream", FOREVER);
  });
  app.put("/vehicles/:vin/director/manifest", async (c) => {
    const vin = known(director, c.req.param("vin"));
    await takeManifest(director, vin, await body(c, MANIFEST_LIMIT));
    return c.json({ ok: true });
  });
}

function operator(app: Hono<Env>, director: Director, token: string): void {
  const { db, judge } = director;
  app.use("/admin/*", bearer(token));
  app.put("/admin/images", async (c) => {
    const bytes = await body(c, IMAGE_MAX);
    return c.json({ length: bytes.length, sha256: director.images.take(bytes) }, 201);
  });
  app.get("/admin/vehicles/:vin", (c) => c.json(inventory(db, known(director, c.req.param("vin")))));

  app.post("/admin/vehicles", async (c) => {
    const made = described(await jsonBody(c, registration));
    const created = await judge.alone(async (core) => {
      if (registered(db, made)) return false;
      await refused(publish(director, core, made, [], () => insert(db, made)));
      return true;
    });
    return c.json(inventory(db, made.vin), created ? 201 : 200);
  });

  app.post("/admin/vehicles/:vin/assignment", async (c) => {
    const vin = known(director, c.req.param("vin"));
    const asked = await jsonBody(c, order);
    const version = await judge.alone((core) => {
      const of = vehicle(db, vin);
      const added = assignments(db, of, asked, director.images);
      return refused(publish(director, core, of, merged(openAssignments(db, vin), added), () => place(db, vin, added)));
    });
    return c.json({ ok: true, version }, 201);
  });

  app.delete("/admin/vehicles/:vin/assignment", async (c) => {
    const vin = known(director, c.req.param("vin"));
    const version = await judge.alone((core) => {
      const withdraw = () => openAssignments(db, vin).forEach((x) => end(db, vin, x.serial, "withdrawn"));
      return refused(publish(director, core, vehicle(db, vin), [], withdraw));
    });
    return c.json({ ok: true, version });
  });

  app.post("/admin/vehicles/:vin/ecus/:serial/image", async (c) => {
    const vin = known(director, c.req.param("vin"));
    const image = await jsonBody(c, acknowledgement);
    await judge.alone(() => Promise.resolve(acknowledge(db, vin, shaped(identifier, c.req.param("serial"), "this path"), image)));
    return c.json(inventory(db, vin));
  });
}

/** The vehicle a path names. @throws HttpError 400 or 404 */
function known({ db }: Director, vin: string): string {
  return vehicle(db, shaped(identifier, vin, "this path")).vin;
}

/** What the core refuses of our own making is a conflict with what vehicles hold, such as a lower release counter. */
async function refused<T>(publishing: Promise<T>): Promise<T> {
  try {
    return await publishing;
  } catch (error) {
    if (error instanceof MetadataError) throw refusal(409, error);
    throw error;
  }
}
