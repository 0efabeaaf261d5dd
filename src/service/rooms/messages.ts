import { sql } from "drizzle-orm";
import type { Person } from "../../domain/account.ts";
import { BirdieError } from "../../domain/errors.ts";
import { mentionsIn } from "../../domain/mention.ts";
import { type Message, quoteOf } from "../../domain/room.ts";
import { followRemoval, isReported, tellAuthor, waitingEvents } from "../admin/removal.ts";
import { isAdmin } from "../admin/rights.ts";
import { changedAlarms, eventsOfChanged } from "../alarms/rows.ts";
import { mention, retract, unmention } from "../alarms/rules.ts";
import { mayAct } from "../banned.ts";
import { noteLike, ownLikeEvent } from "../own-likes.ts";
import { membersOf } from "./mentions.ts";
import type { RoomParts } from "./opening.ts";
import { readByAll } from "./roster.ts";
import { listedEvents, type MessageRow, messageRows, standings, toMessage } from "./rows.ts";

/** Which message of which room. */
export interface MessagePlace {
  readonly roomId: number;
  readonly messageId: number;
}

export interface MessageLike {
  readonly messageId: number;
  readonly likeCount: number;
  readonly isLikedByMe: boolean;
}

/** What people do with messages that are there: edit and delete their own, like anybody's. Members only. */
export function messageActs({ database, rosters, nowMs }: RoomParts) {
  const { db } = database;

  const isMember = (me: Person, roomId: number) =>
    sql`exists (select 1 from room_members k where k.room_id = ${roomId} and k.user_id = ${me.userId})`;
  /** As for saying something: no block stands in a room of two, and one may still use one's account. */
  const maySpeak = (me: Person, roomId: number) =>
    sql`(${isMember(me, roomId)} and ${mayAct(me.userId, nowMs())} and not exists (select 1 from rooms r
      join room_members x on x.room_id = r.id join blocks b on b.blocker_id = x.user_id
      join room_members y on y.room_id = r.id and y.user_id = b.blocked_id
      where r.id = ${roomId} and r.kind = 'pair'))`;

  return {
    /** One's own message, to be edited. @throws BirdieError `not_found`, `gone`, `forbidden` */
    async own(me: Person, { roomId, messageId }: MessagePlace): Promise<Message> {
      const [row] = await messageRows(database, sql`m.id = ${messageId} and m.room_id = ${roomId}`);
      if (!row || row.deletedAtMs !== null || row.authorId !== me.userId) throw refusalOf(row, me);
      return toMessage(row, 0);
    },

    /** Replaces the words of one's own message. @throws BirdieError `not_found`, `gone`, `forbidden` */
    async edit(me: Person, { roomId, messageId }: MessagePlace, body: string): Promise<Message> {
      let mark = 0;
      const isMine = sql`id = ${messageId} and room_id = ${roomId} and author_id = ${me.userId}
        and deleted_at_ms is null and ${maySpeak(me, roomId)}`;
      const isChanged = () => sql`exists (select 1 from messages where id = ${messageId} and position = ${mark})`;
      return database.commit({
        statements(next) {
          mark = next();
          const named = mentionsIn(body);
          return [
            ...mention(database, {
              actor: me.userId,
              nowMs: nowMs(),
              named,
              positions: named.map(next),
              about: sql`select 'MESSAGE' as target, 0 as post_id, room_id, id as reply_id, body as before
                from messages where ${isMine}`,
              maySee: membersOf(roomId),
            }),
            db.run(sql`
              update messages set body = ${body}, edited_at_ms = ${nowMs()}, position = ${mark} where ${isMine}`),
            unmention(database, sql`room_id = ${roomId} and reply_id = ${messageId} and ${isChanged()}`, {
              named,
              nowMs: nowMs(),
              position: next(),
            }),
            db.run(sql`
              update rooms set changed_position = ${mark} where id = ${roomId} and last_message_id = ${messageId}
                and ${isChanged()}`),
            messageRows(database, sql`m.id = ${messageId} and m.room_id = ${roomId}`),
            ...changedAlarms(database, sql`al.room_id = ${roomId} and al.reply_id = ${messageId}`, mark),
            standings(database, sql`k.room_id = ${roomId} and r.changed_position = ${mark}`, true),
          ];
        },
        done: ([, , , , , [row], alarms, counts, rows]) => {
          const message = toMessage(ownAndMarked(row, me, mark), readByAllIn(roomId));
          const told = [...eventsOfChanged(alarms, counts, mark), ...listedEvents(rows)];
          rosters.edited(message);
          return { value: message, events: [{ type: "message-edited", message, excerpt: quoteOf(body) }, ...told] };
        },
      });
    },

    /**
     * Deletes one's own message, or as an admin one that a member of the room reported: its words, likes and alarms. A
     * place holder stays where somebody answered it, until the last of the answers is deleted, too.
     * @throws BirdieError `not_found`, `gone`, `forbidden`
     */
    async remove(me: Person, { roomId, messageId }: MessagePlace): Promise<void> {
      let mark = 0;
      const isGone = () => sql`exists (select 1 from messages where id = ${messageId} and position = ${mark})`;
      await database.commit({
        statements(next) {
          mark = next();
          const removal = { me: me.userId, kind: "message", thingId: messageId, nowMs: nowMs() } as const;
          const where = sql`room_id = ${roomId} and ${isReported(messageId)}`;
          return [
            tellAuthor(database, { ...removal, where, position: next() }),
            // Before it is deleted, so that a second time is told from the first.
            messageRows(database, sql`m.id = ${messageId} and m.room_id = ${roomId}`),
            db.all<{ id: number }>(sql`
              update messages set body = '', like_count = 0, deleted_at_ms = ${nowMs()}, position = ${mark}
              where id = ${messageId} and room_id = ${roomId} and deleted_at_ms is null
                and ((author_id = ${me.userId} and ${isMember(me, roomId)})
                  or (${isAdmin(me.userId, nowMs())} and ${isReported(messageId)}))
              returning id`),
            db.all<{ id: number }>(sql`
              update messages set position = ${next()}
              where id = (select reply_to_id from messages where id = ${messageId} and position = ${mark})
                and deleted_at_ms is not null
                and not exists (select 1 from messages z where z.reply_to_id = messages.id and z.deleted_at_ms is null)
              returning id`),
            db.run(sql`delete from message_likes where message_id = ${messageId} and ${isGone()}`),
            db.run(sql`
              update rooms set changed_position = ${mark}, last_message_id =
                (select max(id) from messages where room_id = ${roomId} and deleted_at_ms is null)
              where id = ${roomId} and ${isGone()}`),
            retract(database, sql`room_id = ${roomId} and reply_id = ${messageId} and ${isGone()}`, {
              nowMs: nowMs(),
              position: next(),
            }),
            ...changedAlarms(database, sql`al.room_id = ${roomId} and al.reply_id = ${messageId}`, mark),
            standings(database, sql`k.room_id = ${roomId} and r.changed_position = ${mark}`, true),
            ...followRemoval(database, removal, isGone()),
          ];
        },
        done: ([, [row], removed, left, , , , alarms, counts, rows, , , waiting]) => {
          // Whether it did is never read from who is told of it: there may be nobody left in the room.
          if (!row || removed.length === 0) throw refusalOf(row, me);
          rosters.forget(roomId);
          const isKept = row.isAnswered === 1;
          return {
            value: undefined,
            events: [
              { type: "message-deleted", roomId, messageId, isKept },
              ...left.map(({ id }) => ({ type: "message-deleted", roomId, messageId: id, isKept: false }) as const),
              ...eventsOfChanged(alarms, counts, mark),
              ...listedEvents(rows),
              ...waitingEvents(waiting),
            ],
          };
        },
      });
    },

    /** Likes a message, or takes it back; again and again changes nothing. @throws BirdieError `not_found`, `gone` */
    async like(me: Person, { roomId, messageId }: MessagePlace, isLiked: boolean): Promise<MessageLike> {
      const act = { me: me.userId, kind: "message", id: messageId, isLiked } as const;
      const count = sql`(select count(*) from message_likes where message_id = ${messageId})`;
      let mark = 0;
      return database.commit({
        statements(next) {
          mark = next();
          return [
            db.run(
              isLiked
                ? sql`insert into message_likes (message_id, user_id, created_at_ms)
                    select id, ${me.userId}, ${nowMs()} from messages
                    where id = ${messageId} and room_id = ${roomId} and deleted_at_ms is null and ${maySpeak(me, roomId)}
                    on conflict do nothing`
                : sql`delete from message_likes
                    where message_id = ${messageId} and user_id = ${me.userId} and ${maySpeak(me, roomId)}
                      and exists (select 1 from messages where id = ${messageId} and room_id = ${roomId})`,
            ),
            db.run(sql`
              update messages set like_count = ${count}, position = ${mark}
              where id = ${messageId} and room_id = ${roomId} and deleted_at_ms is null and like_count <> ${count}`),
            messageRows(database, sql`m.id = ${messageId} and m.room_id = ${roomId} and ${maySpeak(me, roomId)}`),
            ...noteLike(
              database,
              act,
              mark,
              sql`exists (select 1 from messages where id = ${messageId} and position = ${mark})`,
            ),
          ];
        },
        done: ([, , [row], , [counts]]) => {
          if (!row) throw new BirdieError("not_found");
          if (row.deletedAtMs !== null) throw new BirdieError("gone");
          const { likeCount } = row;
          const value = { messageId, likeCount, isLikedByMe: isLiked };
          if (row.position !== mark) return { value, events: [] };
          const heart = ownLikeEvent(act, { postId: undefined, roomId, likeCount }, counts);
          return { value, events: [{ type: "message-liked", roomId, messageId, likeCount }, heart] };
        },
      });
    },
  };

  function readByAllIn(roomId: number): number {
    const roster = rosters.at(roomId);
    return roster ? readByAll(roster) : 0;
  }
}

/** The row, if this act changed it; otherwise why not. */
function ownAndMarked(row: MessageRow | undefined, me: Person, mark: number): MessageRow {
  if (row?.position !== mark) throw refusalOf(row, me);
  return row;
}

/** Who asks is a member (checked before): so it is deleted, or somebody else's. */
function refusalOf(row: MessageRow | undefined, me: Person): BirdieError {
  if (!row) return new BirdieError("not_found");
  if (row.deletedAtMs !== null) return new BirdieError("gone");
  return new BirdieError(row.authorId === me.userId ? "not_found" : "forbidden");
}
