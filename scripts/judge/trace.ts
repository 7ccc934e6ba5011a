/** All that the core says, call by call, as text: so that no part of an answer changes unseen. */
import { Ok } from "../../assembly/status.ts";
import type { Report, Reported } from "../../bindings/core.ts";
import type { Session } from "../../bindings/run.ts";

/** Each answer and the record after it go to `heard`, a line each; but `feed` says nothing new while there is no error. */
export function heardBy(session: Session, heard: (line: string) => void): Session {
  const told = (report: Report): Report => {
    heard(`${written(report)} ${Buffer.from(session.record()).toString("hex")}`);
    return report;
  };
  return {
    record: () => session.record(),
    report: () => told(session.report()),
    end: () => told(session.end()),
    missing: (status) => told(session.missing(status)),
    feed: (bytes) => {
      const report = session.feed(bytes);
      return report.status === Ok ? report : told(report);
    },
  };
}

export function written(said: Report | Reported): string {
  return JSON.stringify(said, (_name, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}
