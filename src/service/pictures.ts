import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import { BirdieError, type Fault, invalid } from "../domain/errors.ts";
import { NO_PICTURES, type Picture, type PictureSize } from "../domain/picture.ts";
import { Turns } from "../domain/turns.ts";
import { isReported } from "./admin/removal.ts";
import { isAdmin } from "./admin/rights.ts";
import { isBanned } from "./banned.ts";
import { type Coming, createUploads, UPLOADS, type UploadLimits } from "./uploads.ts";

export interface PicturesOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  readonly limits: UploadLimits & {
    /** Of one person in 24 hours; 0 for no bound. */
    readonly bytesPerDay: number;
  };
  /** @throws BirdieError `invalid`, `unsupported`, `too_large` */
  readonly encode: (bytes: Uint8Array) => Promise<EncodedPicture>;
  readonly store: {
    write(id: string, picture: EncodedPicture): Promise<void>;
    keep(id: string): Promise<void>;
    drop(id: string): Promise<void>;
    read(id: string, size: PictureSize): Promise<Blob | undefined>;
    unkept(): Promise<readonly string[]>;
  };
  /** @throws BirdieError `not_found` for whoever is not in the room */
  readonly check: (me: Person, roomId: number) => Promise<void>;
  readonly report: (error: unknown) => void;
}

interface EncodedPicture {
  readonly width: number;
  readonly height: number;
  readonly large: Uint8Array;
  readonly small: Uint8Array;
}

/** For posts and comments, in place of the id of a room: every member may bring pictures in for those. */
export const FOR_POSTS = 0;

/** Of a row of pictures: nothing carries it yet. */
export const IS_UNUSED = sql.raw("message_id is null and post_id is null and comment_id is null");

/** What somebody brings in. */
export interface Upload {
  /** Or FOR_POSTS. */
  readonly roomId: number;
  readonly bytes: Uint8Array;
  readonly alt: string;
  /** The uploader's own UUID: the same one again is answered with the same picture. */
  readonly key: string | undefined;
  /** Whoever sent it waits no more: then it is not read, if that has not begun. */
  readonly gone?: AbortSignal;
}

interface PictureRow {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly alt: string;
}

/** What a picture that was brought in comes to; without an id it was not stored. */
interface Stored extends Pick<PictureRow, "width" | "height" | "alt"> {
  readonly id: string | null;
  readonly roomId: number | null;
  readonly isMember: number;
}

/** The same key again, for another place. */
const USED_KEY: Fault = { field: "clientId", rule: "taken" };

export type Pictures = ReturnType<typeof createPictures>;

const DAY_MS = 86_400_000;
/** A picture that was brought in and never said is kept this long: whoever was offline comes back within it. */
const UNUSED_MS = DAY_MS;
const SWEEP_EVERY_MS = 3_600_000;
/** Taken off the disk in one go. */
const REMOVED_AT_ONCE = 200;
/**
 * Reading a picture takes up to 9 octets a pixel, and a core: one at a time, as passwords are looked at by the same few
 * threads, and nobody could sign in while they are all taken.
 */
const DECODES = { atOnce: 1, atOncePerPerson: 1, waitingMax: UPLOADS };

/**
 * Pictures: brought in by a member for a room, said with a message, seen by those who are in the room now; or brought in
 * for a post or a comment, and seen by whoever may read that: everybody.
 */
export function createPictures(options: PicturesOptions) {
  const { database, nowMs, limits, store } = options;
  const { db } = database;
  const decodes = new Turns(DECODES);
  const uploads = createUploads(limits);
  let sweeping: Promise<void> = Promise.resolve();
  let isStopped = false;
  const timer = setInterval(() => void sweep(), SWEEP_EVERY_MS);
  timer.unref?.();

  async function earlier(me: Person, { key, roomId }: Upload): Promise<Picture | undefined> {
    if (key === undefined) return undefined;
    const [row] = await db.all<PictureRow & { readonly roomId: number }>(sql`
      select id, width, height, alt, room_id as "roomId" from pictures
      where uploader_id = ${me.userId} and upload_key = ${key} and is_dropped = 0`);
    if (row && row.roomId !== roomId) throw invalid(USED_KEY);
    return row && toPicture(row);
  }

  async function checkDay(me: Person, more: number): Promise<void> {
    if (limits.bytesPerDay === 0) return;
    const [row] = await db.all<{ sum: number }>(sql`select ${broughtBy(me)} as sum`);
    if ((row?.sum ?? 0) + more > limits.bytesPerDay) throw new BirdieError("quota");
  }

  /** Also what was deleted since: reading it was work all the same. */
  function broughtBy(me: Person) {
    return sql`(select coalesce(sum(received_bytes), 0) from pictures
      where uploader_id = ${me.userId} and created_at_ms > ${nowMs() - DAY_MS})`;
  }

  async function insert(me: Person, id: string, upload: Upload, { width, height }: EncodedPicture): Promise<Picture> {
    const { roomId, alt, key = null, bytes } = upload;
    const isWithin =
      limits.bytesPerDay === 0 ? sql`true` : sql`${broughtBy(me)} + ${bytes.length} <= ${limits.bytesPerDay}`;
    const home =
      roomId === FOR_POSTS
        ? sql`select 0 as room_id, user_id from accounts where user_id = ${me.userId} and not ${isBanned(nowMs())}`
        : sql`select room_id, user_id from room_members where room_id = ${roomId} and user_id = ${me.userId}`;
    return database.commit({
      statements: () => [
        db.run(sql`
          insert into pictures (id, room_id, uploader_id, upload_key, width, height, alt, received_bytes, created_at_ms)
          select ${id}, k.room_id, k.user_id, ${key}, ${width}, ${height}, ${alt}, ${bytes.length}, ${nowMs()}
          from (${home}) k where ${isWithin}
          on conflict (uploader_id, upload_key) where upload_key is not null do nothing`),
        db.all<Stored>(sql`
          select p.id, p.width, p.height, p.alt, p.room_id as "roomId", k.room_id is not null as "isMember"
          from (select 1) left join (${home}) k on true
          left join pictures p on p.uploader_id = ${me.userId} and p.is_dropped = 0
            and (p.id = ${id} or p.upload_key = ${key})`),
      ],
      done: ([, [row]]) => {
        if (row?.isMember !== 1) throw new BirdieError("not_found");
        const { id: stored } = row;
        if (stored === null) throw new BirdieError("quota");
        if (row.roomId !== roomId) throw invalid(USED_KEY);
        return { value: toPicture({ ...row, id: stored }), events: [] };
      },
    });
  }

  async function add(me: Person, upload: Upload): Promise<Picture> {
    if (upload.bytes.length > limits.bytes) throw new BirdieError("too_large", "the file is too large");
    const known = await earlier(me, upload);
    if (known) return known;
    await checkDay(me, upload.bytes.length);
    const encoded = await decodes.take(me.userId, async () => {
      if (upload.gone?.aborted) throw new BirdieError("invalid", "whoever sent it has gone");
      return options.encode(upload.bytes);
    });
    if (!encoded) throw new BirdieError("unavailable", "too many pictures at once", { retryAfterS: 5 });
    const id = crypto.randomUUID().replaceAll("-", "");
    await store.write(id, encoded);
    const picture = await insert(me, id, upload, encoded).catch(async (error: unknown) => {
      await store.drop(id);
      throw error;
    });
    // Two of the same key at once: the one that came first stands.
    await (picture.id === id ? store.keep(id) : store.drop(id));
    return picture;
  }

  /** Drops what was never said, and forgets what no bound needs any more. */
  async function dropUnused(): Promise<void> {
    const atMs = nowMs();
    await database.commit({
      statements: () => [
        db.run(sql`
          update pictures set is_dropped = 1, upload_key = null
          where ${IS_UNUSED} and is_dropped = 0 and created_at_ms <= ${atMs - UNUSED_MS}`),
        db.run(sql`
          delete from pictures where is_dropped = 1 and has_files = 0 and created_at_ms <= ${atMs - DAY_MS}`),
      ],
      done: () => ({ value: undefined, events: [] }),
    });
  }

  /** Takes the files of all that is dropped off the disk. */
  async function removeDropped(): Promise<void> {
    while (!isStopped) {
      const rows = await db.all<{ id: string }>(sql`
        select id from pictures where is_dropped = 1 and has_files = 1 limit ${REMOVED_AT_ONCE}`);
      if (rows.length === 0) return;
      for (const { id } of rows) await store.drop(id);
      const gone = JSON.stringify(rows.map(({ id }) => id));
      await database.commit({
        statements: () => [
          db.run(sql`
            update pictures set has_files = 0, upload_key = null where id in (select value from json_each(${gone}))`),
        ],
        done: () => ({ value: undefined, events: [] }),
      });
    }
  }

  /** One at a time, one after the other. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    sweeping = sweeping.then(work).catch(options.report);
    return sweeping;
  }

  const sweep = () => inTurn(() => dropUnused().then(removeDropped));

  return {
    /**
     * Brings a picture in, for a room one is in: within `receiving`. Resolves once files and row are on disk.
     * @throws BirdieError `not_found`, `invalid`, `unsupported`, `too_large`, `quota`, `full`, `unavailable`
     */
    add,

    /**
     * While somebody's files come in and are read, for a room one is in. `work` counts the octets as they come, and gives
     * up when it is told to.
     * @throws BirdieError `not_found`, `too_many` and `unavailable` (see uploads.ts)
     */
    async receiving<T>(me: Person, roomId: number, work: (coming: Coming) => Promise<T>): Promise<T> {
      if (roomId !== FOR_POSTS) await options.check(me, roomId);
      return uploads.receive(me.userId, work);
    },

    /**
     * The file of a picture, for who is in its room now; for everybody where it stands under a post; one that is not used
     * yet only for its uploader. An admin sees those of a message that somebody in the room has reported, as long as
     * that waits.
     * @throws BirdieError `not_found`
     */
    async read(me: Person | undefined, id: string, size: PictureSize): Promise<Blob> {
      const isForMe =
        me === undefined
          ? sql`false`
          : sql`(p.room_id = ${FOR_POSTS} and p.uploader_id = ${me.userId})
              or (exists (select 1 from room_members k where k.room_id = p.room_id and k.user_id = ${me.userId})
                and (p.message_id is not null or p.uploader_id = ${me.userId}))
              or (${isReported(sql`p.message_id`)} and ${isAdmin(me.userId, nowMs())})`;
      // What is deleted is dropped in the same commit: then nobody sees it, nor what stood under a deleted post.
      const [row] = await db.all<{ is: 1 }>(sql`
        select 1 as "is" from pictures p where p.id = ${id} and p.is_dropped = 0
          and (p.post_id is not null or p.comment_id is not null or ${isForMe})`);
      const file = row && (await store.read(id, size));
      if (!file) throw new BirdieError("not_found");
      return file;
    },

    /** A message, post or comment was deleted, or a room with all its messages: their files go now. Never rejects. */
    removeDropped: () => inTurn(removeDropped),

    /** What is done once an hour: also what was never said goes. Never rejects. */
    sweep,

    /** Once at the start: what was written when the process ended is kept where its row is there, or goes. */
    async recover(): Promise<void> {
      const unkept = await store.unkept();
      const rows = await db.all<{ id: string }>(sql`
        select id from pictures where is_dropped = 0 and id in (select value from json_each(${JSON.stringify(unkept)}))`);
      const kept = new Set(rows.map(({ id }) => id));
      for (const id of unkept) await (kept.has(id) ? store.keep(id) : store.drop(id));
      await sweep();
    },

    async stop(): Promise<void> {
      isStopped = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}

/** Just the four facts out of a row, which may have a prototype of its own. */
export function toPicture({ id, width, height, alt }: PictureRow): Picture {
  return { id, width, height, alt };
}

/** Which column of pictures names a row of the statement around it: a message `m` or `l`, a post `p`, a comment `c`. */
const CARRIED_BY = { m: "message_id", l: "message_id", p: "post_id", c: "comment_id" } as const;

/** JSON of the pictures of such a row, for readPictures; null, and not looked for, where it has none. */
export function picturesOf(thing: keyof typeof CARRIED_BY): SQL {
  const t = sql.raw(thing);
  return sql`case when ${t}.picture_count > 0 then ${picturesWhere(sql`${sql.raw(CARRIED_BY[thing])} = ${t}.id`)} end`;
}

/** JSON of the pictures for which a condition holds, in their order. */
export function picturesWhere(condition: SQL): SQL {
  return sql`(
    select json_group_array(json_object('id', x.id, 'width', x.width, 'height', x.height, 'alt', x.alt)) from (
      select id, width, height, alt from pictures where ${condition} and is_dropped = 0 order by place) x)`;
}

/** Out of that JSON. */
export function readPictures(json: string | null): readonly Picture[] {
  return json === null ? NO_PICTURES : (JSON.parse(json) as Picture[]);
}
