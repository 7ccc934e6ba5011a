/** What is asked of the oracle, what it answers, and what it remembers. */
import type { Refused } from "./search.ts";

export const DIRECTOR = 0;
export const IMAGE = 1;
export const ROLES = ["root", "timestamp", "snapshot", "targets"] as const;
export type Name = (typeof ROLES)[number];

/** What an ECU remembers of one repository. */
export interface Trusted {
  files: Map<Name, Uint8Array>;
  resetSnapshot: boolean;
  resetTargets: boolean;
  resetTime: boolean;
}

export interface OracleEcu {
  serial: string;
  hardwareId: string;
  counter: number; // -1: none
  bytes32?: Uint8Array | undefined;
}

export interface Question {
  now: number;
  primary: boolean;
  freshTime: boolean; // nothing is installed without an attestation for this cycle
  vehicle: string;
  ecus: readonly OracleEcu[];
  fetch(repository: number, name: string): Uint8Array | number;
}

export interface Answer {
  refused: Refused | undefined;
  outcomes: number[];
  sameVersion: boolean; // a stored file stayed in force
  visits: number; // roles searched for one image, at the most
}
