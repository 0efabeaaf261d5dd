import type { ResultSet } from "@libsql/client";
import { fillPlaceholders, type Query, type SQL, sql } from "drizzle-orm";
import type { RunnableQuery } from "drizzle-orm/runnable-query";
import type { PreparedQuery } from "drizzle-orm/session";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";

/** What may stand for a `?`. */
export type Value = string | number | null;

/** A statement whose text is at hand already, for acts that are done so often that building it costs more than running it. */
export class Plain<T> implements RunnableQuery<T[], "sqlite">, PreparedQuery {
  declare readonly _: { readonly dialect: "sqlite"; readonly result: T[] };
  readonly #query: Query;

  /** `sql` is one of a few texts for ever: each is held ready. */
  constructor(sql: string, values: readonly Value[]) {
    this.#query = { sql, params: [...values] };
  }

  _prepare(): PreparedQuery {
    return this;
  }
  getQuery(): Query {
    return this.#query;
  }
  mapResult(result: unknown): unknown {
    return (result as ResultSet).rows;
  }
}

const DIALECT = new SQLiteAsyncDialect();

/**
 * A statement that is built once: `sql.placeholder(name)` stands in it for what differs from one time to the next. For
 * what many pages ask for.
 */
export function prepared<T>(statement: SQL): (values: Readonly<Record<string, Value>>) => Plain<T> {
  const { sql: text, params } = DIALECT.sqlToQuery(statement);
  return (values) => new Plain(text, fillPlaceholders(params, values) as Value[]);
}

/** A part of many statements that is built once. It has no values, or it throws. */
export function constant(part: SQL): SQL {
  const { sql: text, params } = DIALECT.sqlToQuery(part);
  if (params.length > 0) throw new Error(`a constant part of a statement has a value: ${text}`);
  return sql.raw(text);
}

/** The most rows of one statement, by the number of their values: SQLite binds 32,766 of them at most. */
const VALUES_MAX = 16_384;

/**
 * A statement over rows of values, which its text finds as the table `given`. Texts are made for 1, 2, 4, 8 ... rows and
 * filled up with rows of nulls: so few of them are held ready, and the text must pass over such rows.
 */
export class PlainRows<T> {
  readonly #columns: readonly string[];
  readonly #text: string;
  readonly #texts = new Map<number, string>();

  /** `text` follows `with given (columns) as (values ...)`; it may have a `?` of its own for each of `more`. */
  constructor(columns: readonly string[], text: string) {
    this.#columns = columns;
    this.#text = text;
  }

  /** As many statements as the rows need: one but for thousands of rows. */
  of(rows: readonly (readonly Value[])[], ...more: readonly Value[]): Plain<T>[] {
    const most = 2 ** Math.floor(Math.log2(VALUES_MAX / this.#columns.length));
    const statements: Plain<T>[] = [];
    for (let from = 0; from < rows.length; from += most) {
      const some = rows.slice(from, from + most);
      const places = 2 ** Math.ceil(Math.log2(some.length));
      const values: Value[] = some.flat();
      while (values.length < places * this.#columns.length) values.push(null);
      values.push(...more);
      statements.push(new Plain(this.#textFor(places), values));
    }
    return statements;
  }

  #textFor(places: number): string {
    const known = this.#texts.get(places);
    if (known !== undefined) return known;
    const row = `(${this.#columns.map(() => "?").join(",")})`;
    const rows = new Array(places).fill(row).join(",");
    const text = `with given (${this.#columns.join(",")}) as (values ${rows}) ${this.#text}`;
    this.#texts.set(places, text);
    return text;
  }
}
