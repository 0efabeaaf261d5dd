import { type SQL, sql } from "drizzle-orm";
import { type Plain, prepared } from "../../database/plain.ts";
import type { Person } from "../../domain/account.ts";
import { BirdieError, type Fault } from "../../domain/errors.ts";

/*
 * Whether somebody may be written to by somebody else: nobody blocked the other, and the account is open to everybody,
 * or to those it knows. Strangers may be let in as a request.
 */

/** `missing`: no such account. `request`: only as a request. `closed`: only those already known. */
export type Door = "open" | "request" | "closed" | "blocked" | "missing";

/** One of the two blocked the other. Either may be a column of the statement around it. */
export function isBlocked(one: SQL, other: SQL): SQL {
  return sql`exists (select 1 from blocks b
    where (b.blocker_id = ${one} and b.blocked_id = ${other}) or (b.blocker_id = ${other} and b.blocked_id = ${one}))`;
}

/** Who in a room has blocked whom of the others in it. */
export interface BlockRow {
  readonly blocker: string;
  readonly blocked: string;
}

/** A statement for that: one `BlockRow` each, few or none. */
export function blocksIn(roomId: number): Plain<BlockRow> {
  return BLOCKS({ roomId });
}

const BLOCKS = prepared<BlockRow>(sql`
  select b.blocker_id as blocker, b.blocked_id as blocked from room_members x
    cross join blocks b on b.blocker_id = x.user_id
    cross join room_members y on y.room_id = x.room_id and y.user_id = b.blocked_id
  where x.room_id = ${sql.placeholder("roomId")}`);

/** A query for whom somebody has blocked: one `userId` each. */
export function blockedBy(me: Pick<Person, "userId">): SQL {
  return sql`select blocked_id as "userId" from blocks where blocker_id = ${me.userId} order by blocked_id`;
}

/** With whom `me` has nothing to do, whichever of the two said so. */
export function partedFrom(me: string, rows: readonly BlockRow[]): readonly string[] {
  const others = rows.flatMap(({ blocker, blocked }) => {
    if (blocker === me) return [blocked];
    return blocked === me ? [blocker] : [];
  });
  return [...new Set(others)].sort();
}

/**
 * `them` knows `me`: in a room of two both have said something, or they answered what `me` wrote (a post or a comment).
 * What `me` alone did makes nobody known, or a stranger could let themselves in.
 */
function isKnown(me: SQL, them: SQL): SQL {
  return sql`(
    exists (select 1 from room_members x join room_members y on y.room_id = x.room_id
        join rooms r on r.id = x.room_id and r.kind = 'pair'
      where x.user_id = ${me} and y.user_id = ${them}
        and exists (select 1 from messages m where m.room_id = x.room_id and m.author_id = x.user_id)
        and exists (select 1 from messages m where m.room_id = x.room_id and m.author_id = y.user_id))
    or exists (select 1 from comments c join posts p on p.id = c.post_id
      where c.author_id = ${them} and p.author_id = ${me})
    or exists (select 1 from comments c join comments o on o.id = c.parent_id
      where c.author_id = ${them} and o.author_id = ${me}))`;
}

/** Which `Door` stands between the two. `them` must be a column of an account `a` of the statement around it. */
export function doorTo(me: string): SQL {
  const them = sql.raw("a.user_id");
  return sql`case
    when a.closed_at_ms is not null then 'missing'
    when ${isBlocked(sql`${me}`, them)} then 'blocked'
    when a.open_to = 'everybody' then 'open'
    when ${isKnown(sql`${me}`, them)} then 'open'
    when a.open_to = 'requests' then 'request'
    else 'closed' end`;
}

/** The name by which the room of two people is found, whoever of them asks: `rooms.pair`. */
export function pairOf(me: Person, other: string): string {
  return [me.userId, other].sort().join(":");
}

/** @throws BirdieError `not_found`, `blocked`, `forbidden` where the door is not open */
export function pass(door: Door | undefined, more: { readonly faults?: readonly Fault[] } = {}): void {
  if (door === undefined || door === "missing") throw new BirdieError("not_found", "not_found", more);
  if (door === "blocked") throw new BirdieError("blocked", "blocked", more);
  if (door === "closed") {
    throw new BirdieError("forbidden", "this person takes messages only from people they know", more);
  }
}
