/** Log lines: JSON on stderr in pino's field names, so that its tools read them. Stdout carries the hello line alone. */

const LEVELS = { info: 30, warn: 40, error: 50 } as const;
const TEXT_MAX = 500; // characters of one field: what a client sent never floods the log

const utf8 = new TextEncoder();
let server = "server";

/** Names the process in every later line. */
export function nameLog(name: string): void {
  server = name;
}

/** Writes one line. Strings are cut; nothing secret may be passed in. */
export function log(level: keyof typeof LEVELS, msg: string, fields: Record<string, string | number | boolean> = {}): void {
  const short = Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value.slice(0, TEXT_MAX) : value]);
  const line = { level: LEVELS[level], time: Date.now(), pid: Deno.pid, name: server, ...Object.fromEntries(short), msg: msg.slice(0, TEXT_MAX) };
  Deno.stderr.writeSync(utf8.encode(`${JSON.stringify(line)}\n`));
}
