/** What the Director uses of node:sqlite. The types of the oldest Node line that is supported do not know this module; Deno has it. */
declare module "node:sqlite" {
  export type SQLOutputValue = null | number | bigint | string | Uint8Array;
  export type SQLInputValue = SQLOutputValue;

  export class StatementSync {
    run(...values: SQLInputValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
    get(...values: SQLInputValue[]): Record<string, SQLOutputValue> | undefined;
    all(...values: SQLInputValue[]): Record<string, SQLOutputValue>[];
  }

  export class DatabaseSync {
    constructor(path: string);
    exec(sql: string): void;
    prepare(sql: string): StatementSync;
    close(): void;
  }
}
