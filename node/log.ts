/** Log lines of a process: JSON in pino's member names, on stderr, so that stdout stays free for what a program reads. */

export interface Log {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export function createLog(name: string, write: (line: string) => void = (line) => process.stderr.write(line)): Log {
  const line = (level: number) => (message: string, fields: object = {}): void =>
    write(`${JSON.stringify({ level, time: Date.now(), pid: process.pid, name, msg: message, ...fields })}\n`);
  return { info: line(30), warn: line(40), error: line(50) };
}
