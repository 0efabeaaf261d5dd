import { type SQL, sql } from "drizzle-orm";
import type { Counts, Person } from "../../domain/account.ts";
import { BirdieError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { MEMBERS_MAX, type Member } from "../../domain/room.ts";
import { changedAlarms, eventsOfChanged, toCounts } from "../alarms/rows.ts";
import { retractOfRoom } from "../alarms/rules.ts";
import { mayAct } from "../banned.ts";
import { countsOf } from "../counts.ts";
import { type Door, doorTo, pass } from "./door.ts";
import type { RoomParts } from "./opening.ts";
import { listedEvents, memberRows, standings, toMember, waitsNoMore } from "./rows.ts";
import { requestCountOf } from "./unread.ts";

interface DoorRow {
  readonly userId: string;
  readonly door: Door;
}

/** How many of those who cannot be let in are named. */
const NAMED_MAX = 10;

/** The acts on groups: who is in them and what they are called. A pair stays as it is (`forbidden`). */
export function memberActs({ database, rosters, nowMs }: RoomParts) {
  const { db } = database;

  return {
    /**
     * Makes a group of which one is the owner. Nobody is let in whom one could not write to; strangers may get it as a
     * request. All or nobody.
     * @throws BirdieError `not_found` (one of them), `blocked`, `forbidden`; with a fault that names them
     */
    async create(
      me: Person,
      { name, userIds }: { readonly name: string | undefined; readonly userIds: readonly string[] },
    ): Promise<{ readonly roomId: number }> {
      const others = JSON.stringify(userIds.filter((userId) => userId !== me.userId));
      if (others === "[]") throw new BirdieError("forbidden", "a group needs somebody else");
      const atMs = nowMs();
      return database.commit({
        statements(next) {
          const position = next();
          const made = sql`(select r.id from (select id, position from rooms order by id desc limit 1) r
            where r.position = ${position})`;
          return [
            db.run(sql`
              insert into rooms (kind, name, created_at_ms, active_at_ms, position, changed_position)
              select 'group', ${name ?? null}, ${atMs}, ${atMs}, ${position}, ${position}
              where not exists (select 1 from json_each(${others}) j left join accounts a on a.user_id = j.value
                where a.user_id is null or ${doorTo(me.userId)} not in ('open', 'request'))
                and ${mayAct(me.userId, atMs)}`),
            // Its owner was there first, and is named first.
            db.run(sql`
              insert into room_members (room_id, user_id, role, joined_at_ms, position, added_by, added_position, is_new,
                requested_at_ms)
              select ${made}, a.user_id, case when a.user_id = ${me.userId} then 'owner' else 'member' end, ${atMs} - (a.user_id = ${me.userId}),
                ${position}, nullif(${me.userId}, a.user_id), ${position}, a.user_id <> ${me.userId}, case when a.user_id <> ${me.userId} and ${doorTo(me.userId)} = 'request' then ${atMs} end
              from accounts a
              where ${made} is not null
                and (a.user_id = ${me.userId} or a.user_id in (select value from json_each(${others})))`),
            db.all<DoorRow>(sql`
              select j.value as "userId", case when a.user_id is null then 'missing' else ${doorTo(me.userId)} end as door
              from json_each(${others}) j left join accounts a on a.user_id = j.value`),
            standings(database, sql`k.room_id = ${made}`, true),
          ];
        },
        done: ([, , doors, rows]) => {
          const [room] = rows;
          if (!room) {
            const shut = doors.filter(({ door }) => door !== "open" && door !== "request");
            const names = shut.slice(0, NAMED_MAX).map(({ userId }) => userId);
            for (const { door } of shut) pass(door, { faults: [{ field: "userIds", rule: "wrong", names }] });
            throw new BirdieError("not_found");
          }
          return { value: { roomId: room.id }, events: listedEvents(rows, room.position) };
        },
      });
    },

    /**
     * Brings somebody in. What was said before is there for them, and read. Again changes nothing.
     * @throws BirdieError `not_found`, `forbidden` (a pair, or they know nobody here who asks), `blocked`, `too_many`
     */
    async invite(me: Person, roomId: number, userId: string): Promise<void> {
      const atMs = nowMs();
      let mark = 0;
      const isNew = () => sql`exists (select 1 from room_members
        where room_id = ${roomId} and user_id = ${userId} and position = ${mark})`;
      await database.commit({
        statements(next) {
          mark = next();
          return [
            db.run(sql`
              insert into room_members (room_id, user_id, joined_at_ms, position, added_by, added_position, is_new,
                read_up_to, requested_at_ms)
              select r.id, a.user_id, ${atMs}, ${mark}, ${me.userId}, ${mark}, true, coalesce(r.last_message_id, 0),
                case when ${doorTo(me.userId)} = 'request' then ${atMs} end
              from rooms r, accounts a
              where r.id = ${roomId} and ${isGroupOf(me)} and a.user_id = ${userId}
                and ${doorTo(me.userId)} in ('open', 'request')
                and (select count(*) from room_members where room_id = r.id) < ${MEMBERS_MAX}
              on conflict (room_id, user_id) do nothing`),
            db.run(sql`delete from room_departures where room_id = ${roomId} and user_id = ${userId} and ${isNew()}`),
            touch(roomId, mark, isNew()),
            memberRows(roomId),
            standings(
              database,
              sql`k.room_id = ${roomId} and ${isNew()} and (k.user_id = ${userId} or ${CALLED_BY_ALL})`,
              true,
            ),
            db.all<DoorRow>(sql`
              select a.user_id as "userId", ${doorTo(me.userId)} as door from accounts a where a.user_id = ${userId}`),
          ];
        },
        done: ([, , , rows, invited, [other]]) => {
          const members = rows.map(toMember);
          if (members.length === 0 || !members.some((member) => member.userId === me.userId)) {
            throw new BirdieError("not_found");
          }
          if (invited.length > 0) {
            rosters.forget(roomId);
            return {
              value: undefined,
              events: [changed(roomId, members, [userId], []), ...listedEvents(invited, mark)],
            };
          }
          if (members.some((member) => member.userId === userId)) return { value: undefined, events: [] };
          pass(other?.door);
          throw new BirdieError(members.length >= MEMBERS_MAX ? "too_many" : "forbidden");
        },
      });
    },

    /**
     * Leaves a group. An owner who leaves hands over to whoever is in it longest; the last one takes it along.
     * @throws BirdieError `not_found`, `forbidden` (a pair)
     */
    leave: (me: Person, roomId: number) => depart(me, roomId, me.userId),

    /** The owner sends somebody away. @throws BirdieError `not_found`, `forbidden` (not the owner; oneself; a pair) */
    async remove(me: Person, roomId: number, userId: string): Promise<void> {
      if (userId === me.userId) throw new BirdieError("forbidden", "leave the room instead");
      await depart(me, roomId, userId);
    },

    /** The owner makes another member the owner. @throws BirdieError `not_found`, `forbidden` */
    async handOver(me: Person, roomId: number, userId: string): Promise<void> {
      await database.commit({
        statements(next) {
          const mark = next();
          return [
            db.run(sql`
              update room_members set role = case when user_id = ${userId} then 'owner' else 'member' end
              where room_id = ${roomId} and user_id in (${me.userId}, ${userId}) and ${userId} <> ${me.userId}
                and exists (select 1 from room_members o
                  where o.room_id = ${roomId} and o.user_id = ${me.userId} and o.role = 'owner')
                and exists (select 1 from room_members o where o.room_id = ${roomId} and o.user_id = ${userId})`),
            touch(
              roomId,
              mark,
              sql`exists (select 1 from room_members
              where room_id = ${roomId} and user_id = ${userId} and role = 'owner')`,
            ),
            memberRows(roomId),
          ];
        },
        done: ([, , rows]) => {
          const members = rows.map(toMember);
          const target = members.find((member) => member.userId === userId);
          if (!target || !members.some((member) => member.userId === me.userId)) throw new BirdieError("not_found");
          if (target.role !== "owner") throw new BirdieError("forbidden");
          const isNews = userId !== me.userId;
          return { value: undefined, events: isNews ? [changed(roomId, members, [], [])] : [] };
        },
      });
    },

    /** Names a group, or takes its name away. Any member may. @throws BirdieError `not_found`, `forbidden` (a pair) */
    async rename(me: Person, roomId: number, name: string | undefined): Promise<void> {
      let mark = 0;
      await database.commit({
        statements(next) {
          mark = next();
          return [
            db.run(sql`
              update rooms as r set name = ${name ?? null}, changed_position = ${mark}
              where r.id = ${roomId} and ${isGroupOf(me)}`),
            standings(database, sql`k.room_id = ${roomId}`, true),
          ];
        },
        done: ([, rows]) => {
          const mine = rows.find((row) => row.userId === me.userId);
          if (!mine) throw new BirdieError("not_found");
          if (mine.changedPosition !== mark) throw new BirdieError("forbidden", "a room of two has no name of its own");
          return { value: undefined, events: [{ type: "room-renamed", roomId, name }, ...listedEvents(rows)] };
        },
      });
    },

    /** Whoever was brought in has seen it: no list of theirs marks it any more. A request stays as it is. */
    async lookIn(me: Person, roomId: number): Promise<void> {
      await database.commit({
        statements: (next) => [
          db.all(sql`
            update room_members set is_new = false, position = ${next()}
            where room_id = ${roomId} and user_id = ${me.userId} and is_new and requested_at_ms is null
            returning user_id`),
          standings(database, sql`k.room_id = ${roomId} and k.user_id = ${me.userId}`, true),
        ],
        done: ([[seen], rows]) => {
          if (!seen) return { value: undefined, events: [] };
          rosters.forget(roomId);
          return { value: undefined, events: listedEvents(rows) };
        },
      });
    },

    /** From now on the room counts in no total, title or notice (or does again). @throws BirdieError `not_found` */
    async mute(me: Person, roomId: number, isMuted: boolean): Promise<void> {
      await database.commit({
        statements: (next) => [
          db.run(sql`
            update room_members set muted_at_ms = ${isMuted ? nowMs() : null}, position = ${next()}
            where room_id = ${roomId} and user_id = ${me.userId} and (muted_at_ms is null) = ${isMuted ? 1 : 0}`),
          standings(database, sql`k.room_id = ${roomId} and k.user_id = ${me.userId}`, true),
        ],
        done: ([, rows]) => {
          if (rows.length === 0) throw new BirdieError("not_found");
          return { value: undefined, events: listedEvents(rows) };
        },
      });
    },
  };

  /** Of a room `r`: it is a group with this person in it. */
  function isGroupOf(me: Person): SQL {
    return sql`r.kind = 'group' and exists (select 1 from room_members i
      where i.room_id = r.id and i.user_id = ${me.userId})`;
  }

  function touch(roomId: number, mark: number, condition: SQL) {
    return db.run(sql`update rooms set changed_position = ${mark} where id = ${roomId} and ${condition}`);
  }

  async function depart(me: Person, roomId: number, userId: string): Promise<void> {
    const isOwn = userId === me.userId;
    const may = isOwn
      ? isGroupOf(me)
      : sql`r.kind = 'group' and exists (select 1 from room_members i
          where i.room_id = r.id and i.user_id = ${me.userId} and i.role = 'owner')`;
    let mark = 0;
    const hasLeft = () => sql`exists (select 1 from room_departures
      where room_id = ${roomId} and user_id = ${userId} and position = ${mark})`;
    await database.commit({
      statements(next) {
        mark = next();
        return [
          memberRows(roomId),
          // A group that waited as a request waits no more.
          db.run(sql`
            update accounts set lists_position = ${mark} where user_id = ${userId} and exists (select 1
              from room_members k join rooms r on r.id = k.room_id
              where k.room_id = ${roomId} and k.user_id = ${userId} and k.requested_at_ms is not null and ${may})`),
          db.run(sql`
            insert into room_departures (room_id, user_id, position)
            select r.id, k.user_id, ${mark} from rooms r join room_members k on k.room_id = r.id
            where r.id = ${roomId} and k.user_id = ${userId} and ${may}
            on conflict (user_id, room_id) do update set position = excluded.position`),
          db.run(sql`delete from room_members where room_id = ${roomId} and user_id = ${userId} and ${hasLeft()}`),
          db.run(sql`
            update room_members set role = 'owner'
            where room_id = ${roomId} and ${hasLeft()}
              and user_id = (select user_id from room_members where room_id = ${roomId}
                order by requested_at_ms is not null, joined_at_ms, user_id limit 1)
              and not exists (select 1 from room_members where room_id = ${roomId} and role = 'owner')`),
          touch(roomId, mark, hasLeft()),
          db.run(sql`
            delete from rooms where id = ${roomId} and ${hasLeft()}
              and not exists (select 1 from room_members where room_id = ${roomId})`),
          retractOfRoom(database, { userId, roomId, nowMs: nowMs(), position: next() }),
          memberRows(roomId),
          standings(database, sql`k.room_id = ${roomId} and ${hasLeft()} and ${CALLED_BY_ALL}`, true),
          ...changedAlarms(database, sql`al.receiver = ${userId}`, mark),
          countsOf(userId),
          db.all<{ count: number }>(sql`
            select ${requestCountOf(sql`${userId}`)} as count from accounts
            where user_id = ${userId} and lists_position = ${mark}`),
        ];
      },
      done: ([before, , , , , , , , rows, listed, alarms, alarmCounts, [counts], [waiting]]) => {
        const isIn = (people: readonly Member[], who: string) => people.some((member) => member.userId === who);
        if (!isIn(before, me.userId) || !isIn(before, userId)) throw new BirdieError("not_found");
        if (isIn(rows, userId)) throw new BirdieError("forbidden");
        rosters.forget(roomId);
        const told = departed(roomId, userId, rows.map(toMember), counts);
        const answered = { userId, id: roomId, requestCount: waiting?.count ?? 0, ...toCounts(counts) };
        const requests = waiting ? [waitsNoMore(answered)] : [];
        return {
          value: undefined,
          events: [...told, ...requests, ...listedEvents(listed), ...eventsOfChanged(alarms, alarmCounts, mark)],
        };
      },
    });
  }
}

/**
 * Of a room `r`: without a name of its own it is called by the others in it, so that it changes in every list when one
 * comes or goes.
 */
const CALLED_BY_ALL = sql.raw("r.kind = 'group' and r.name is null");

/** First the one who went hears of it, then nothing more; then those who are left hear who they are now. */
function departed(roomId: number, userId: string, members: readonly Member[], counts: Counts | undefined): Event[] {
  return [
    { type: "member-left", roomId, userId },
    { type: "room-unlisted", receiver: userId, roomId, isLost: true, counts: toCounts(counts) },
    changed(roomId, members, [], [userId]),
  ];
}

function changed(roomId: number, members: readonly Member[], joined: string[], left: string[]): Event {
  return { type: "room-members", roomId, members, joined, left };
}
