import type { InArgs, InStatement, InValue, ResultSet, Row } from "@libsql/client";
import Sqlite from "libsql";
import { isBusy, libsqlCode } from "./errors.ts";

/** What one statement came to, as plain data: it can be handed from one thread to another. */
export interface Result {
  readonly columns: string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly changes: number;
}

/** As @libsql/client takes them. */
export type Order = InStatement | [string, InArgs?];

/** Statements that are held ready. An act or page has few texts; more come only from lists of varying length. */
const STATEMENTS_MAX = 400;

interface Held {
  readonly statement: Sqlite.Statement;
  readonly columns: string[];
}

/** One connection to a file, whose statements are held ready: preparing them costs more than running them. */
export class Connection {
  readonly #database: Sqlite.Database;
  readonly #held = new Map<string, Held>();

  /** `pragmas` as `name=value`. @throws when the file cannot be opened */
  constructor(path: string, pragmas: readonly string[]) {
    this.#database = new Sqlite(path);
    for (const pragma of pragmas) this.#database.exec(`pragma ${pragma}`);
  }

  run(sql: string, args?: InArgs): Result {
    const { statement, columns } = this.#hold(sql);
    const values = Array.isArray(args) ? args.map(toSql) : [];
    if (columns.length > 0) return { columns, rows: statement.all(values) as unknown[][], changes: 0 };
    return { columns, rows: [], changes: statement.run(values).changes };
  }

  /**
   * All of them as one transaction, or none. A statement that met a locked database stays unfinished until it is
   * collected as garbage, and no COMMIT succeeds before that: so it is, before the error is passed on.
   */
  async transact(orders: readonly Order[]): Promise<Result[]> {
    try {
      return this.#transact(orders);
    } catch (error) {
      if (isBusy(error)) {
        Bun.gc(true);
        await new Promise((resolve) => setImmediate(resolve));
      }
      throw error;
    }
  }

  /** For texts of several statements, and for what no statement can be held for. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /**
   * Moves the WAL into the file: beside what others write ("passive"), or to the end, which keeps them waiting. Where the
   * disk or a reader does not let it, the next one does.
   */
  checkpoint(mode: "passive" | "truncate"): void {
    try {
      this.#database.exec(`pragma wal_checkpoint(${mode})`);
    } catch (error) {
      if (libsqlCode(error) === "") throw error;
    }
  }

  close(): void {
    this.#held.clear();
    this.#database.close();
  }

  /** Ends it in the middle of whatever it is doing: what was not committed is taken back. */
  abandon(): void {
    if (this.#database.inTransaction) this.run("rollback");
    this.close();
  }

  #transact(orders: readonly Order[]): Result[] {
    const run = (one: Order) => {
      if (typeof one === "string") return this.run(one);
      return "sql" in one ? this.run(one.sql, one.args) : this.run(one[0], one[1]);
    };
    // One statement is a transaction of its own.
    if (orders.length === 1) return orders.map(run);
    this.run("begin");
    try {
      const results = orders.map(run);
      this.run("commit");
      return results;
    } catch (error) {
      // Some faults (a full disk) have ended the transaction by themselves.
      if (this.#database.inTransaction) this.run("rollback");
      throw error;
    }
  }

  #hold(sql: string): Held {
    const known = this.#held.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    const columns = statement.reader ? statement.columns().map((column) => column.name) : [];
    if (statement.reader) statement.raw(true);
    const held = { statement, columns };
    if (this.#held.size >= STATEMENTS_MAX) this.#held.clear();
    this.#held.set(sql, held);
    return held;
  }
}

/** Gives results the shape of @libsql/client's. One for many results: what it learns of their columns is kept. */
export class ResultSets {
  readonly #makers = new Map<string, (values: readonly unknown[]) => Row>();

  of({ columns, rows, changes }: Result): ResultSet {
    const toRow = columns.length > 0 ? this.#makerOf(columns) : undefined;
    const named = toRow ? rows.map(toRow) : [];
    const result = { columns, columnTypes: [], rows: named, rowsAffected: changes, lastInsertRowid: undefined };
    return { ...result, toJSON: () => result };
  }

  #makerOf(columns: readonly string[]): (values: readonly unknown[]) => Row {
    const key = columns.join("\0");
    const known = this.#makers.get(key);
    if (known) return known;
    const maker = rowMaker(columns);
    if (this.#makers.size >= STATEMENTS_MAX) this.#makers.clear();
    this.#makers.set(key, maker);
    return maker;
  }
}

function toSql(value: InValue): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Date ? value.valueOf() : value;
}

/** Rows that are read by name and, as drizzle does, by place; only the names are properties of their own. */
function rowMaker(columns: readonly string[]): (values: readonly unknown[]) => Row {
  class NamedRow {
    readonly #values: readonly unknown[];
    constructor(values: readonly unknown[]) {
      this.#values = values;
      const named = this as Record<string, unknown>;
      for (let i = 0; i < columns.length; i++) named[columns[i] ?? ""] = values[i];
    }
    static {
      Object.defineProperty(NamedRow.prototype, "length", { value: columns.length });
      for (let i = 0; i < columns.length; i++) {
        Object.defineProperty(NamedRow.prototype, i, {
          get(this: NamedRow) {
            return this.#values[i];
          },
        });
      }
    }
  }
  return (values) => new NamedRow(values) as unknown as Row;
}
