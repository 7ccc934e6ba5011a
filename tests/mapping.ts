/** Repositories under a map, for the suites about mapping. TAP 4, docs/adr/0005. */
import * as Status from "../assembly/status.ts";
import { canonical } from "../bindings/canonical.ts";
import type { Core } from "../bindings/core.ts";
import * as metadata from "../bindings/metadata.ts";
import type { RepositoryOptions } from "../bindings/updater.ts";
import { imageFile } from "../bindings/urls.ts";
import { Walk } from "../bindings/walk.ts";
import { NOW, Repository, bytes } from "./world.ts";

export interface Mapping {
  paths: unknown;
  repositories: unknown;
  terminating?: unknown;
  threshold?: unknown;
}

/** A repository that lists these images: name to content. */
export async function repository(images: Record<string, string>): Promise<Repository> {
  const made = new Repository(false);
  for (const [name, content] of Object.entries(images)) list(made, name, content);
  await made.publishRoot();
  await made.publish();
  return made;
}

export function list(to: Repository, name: string, content: string): metadata.Entry {
  const entry = { length: content.length, hashes: metadata.hashes(bytes(content)), custom: {} };
  to.targets.set(name, entry);
  to.images.set(imageFile({ name, ...entry.hashes }), bytes(content));
  return entry;
}

export function options(of: Repository): RepositoryOptions {
  const files = new Map<string, Uint8Array>();
  return {
    root: of.files.get("1.root.json") ?? new Uint8Array(0),
    fetcher: {
      metadata: (path) => Promise.resolve(of.files.get(path) ?? Status.Missing),
      image: (path) => Promise.resolve(of.images.get(path) ?? Status.Missing),
    },
    store: {
      read: (name) => Promise.resolve(files.get(name)),
      write: (name, file) => {
        files.set(name, file);
        return Promise.resolve();
      },
    },
  };
}

export type Named = Record<string, Repository>;

export function walks(core: Core, of: Named): Map<string, Walk> {
  return new Map(Object.entries(of).map(([name, one]) => [name, new Walk(core, { ...options(one), now: () => NOW })]));
}

export function mapOf(of: Named | string[], ...mapping: Mapping[]): Uint8Array {
  const names = Array.isArray(of) ? of : Object.keys(of);
  return canonical({ mapping, repositories: new Map(names.map((name) => [name, [`https://${name}.example/`]])) });
}
