import type { Client, InArgs, InStatement, InValue, Replicated, ResultSet, Row, Transaction } from "@libsql/client";
import Sqlite from "libsql";

/** Statements that are held ready. An act or page has few texts; more come only from lists of varying length. */
const STATEMENTS_MAX = 400;

interface Held {
  readonly statement: Sqlite.Statement;
  readonly columns: string[];
  readonly toRow: (values: readonly unknown[]) => Row;
}

/**
 * @libsql/client's interface for a file, on one connection whose statements are held ready. The client of that
 * package prepares every statement anew each time, which costs more than running it: a chat line took 43 us there and
 * takes 16 us here (64 in a commit). Everything runs at once and in order; a batch is one transaction.
 */
export class LocalClient implements Client {
  readonly protocol = "file";
  readonly #database: Sqlite.Database;
  readonly #held = new Map<string, Held>();
  closed = false;

  /** `pragmas` as `name=value`. @throws when the file cannot be opened */
  constructor(path: string, pragmas: readonly string[]) {
    this.#database = new Sqlite(path);
    for (const pragma of pragmas) this.#database.exec(`pragma ${pragma}`);
  }

  async execute(statement: InStatement, args?: InArgs): Promise<ResultSet> {
    return typeof statement === "string" ? this.#run(statement, args) : this.#run(statement.sql, statement.args);
  }

  async batch(statements: readonly (InStatement | [string, InArgs?])[]): Promise<ResultSet[]> {
    return this.#transact(statements);
  }

  async migrate(statements: readonly InStatement[]): Promise<ResultSet[]> {
    this.#database.exec("pragma foreign_keys=off");
    try {
      return this.#transact(statements);
    } finally {
      this.#database.exec("pragma foreign_keys=on");
    }
  }

  async executeMultiple(sql: string): Promise<void> {
    this.#database.exec(sql);
  }

  transaction(): Promise<Transaction> {
    throw new Error("interactive transactions are not used: write an act (see commit-queue.ts)");
  }
  sync(): Promise<Replicated> {
    throw new Error("a local file is no replica");
  }
  reconnect(): void {
    throw new Error("a local file is always connected");
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#held.clear();
    this.#database.close();
  }

  #transact(statements: readonly (InStatement | [string, InArgs?])[]): ResultSet[] {
    this.#run("begin");
    try {
      const results = statements.map((one) => {
        if (typeof one === "string") return this.#run(one);
        return "sql" in one ? this.#run(one.sql, one.args) : this.#run(one[0], one[1]);
      });
      this.#run("commit");
      return results;
    } catch (error) {
      // Some faults (a full disk) have ended the transaction by themselves.
      if (this.#database.inTransaction) this.#run("rollback");
      throw error;
    }
  }

  #run(sql: string, args?: InArgs): ResultSet {
    const { statement, columns, toRow } = this.#hold(sql);
    const values = Array.isArray(args) ? args.map(toSql) : [];
    if (columns.length > 0)
      return resultOf(
        columns,
        statement.all(values).map((row) => toRow(row as unknown[])),
        0,
      );
    return resultOf(columns, [], statement.run(values).changes);
  }

  #hold(sql: string): Held {
    const known = this.#held.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    const columns = statement.reader ? statement.columns().map((column) => column.name) : [];
    if (statement.reader) statement.raw(true);
    const held = { statement, columns, toRow: rowMaker(columns) };
    if (this.#held.size >= STATEMENTS_MAX) this.#held.clear();
    this.#held.set(sql, held);
    return held;
  }
}

function resultOf(columns: string[], rows: Row[], rowsAffected: number): ResultSet {
  const result = { columns, columnTypes: [], rows, rowsAffected, lastInsertRowid: undefined };
  return { ...result, toJSON: () => result };
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
