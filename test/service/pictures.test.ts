import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BirdieError } from "../../src/domain/errors.ts";
import type { NewMessage } from "../../src/domain/room.ts";
import { encodePicture } from "../../src/pictures/encode.ts";
import { createPictureStore } from "../../src/pictures/store.ts";
import type { PicturesOptions } from "../../src/service/pictures.ts";
import { pngOf, testPictures } from "../support/pictures.ts";
import { codeOf, principalOf, testRooms } from "../support/rooms.ts";

const [alice, bob, dave] = ["alice", "bob", "dave"].map(principalOf) as [
  ReturnType<typeof principalOf>,
  ReturnType<typeof principalOf>,
  ReturnType<typeof principalOf>,
];
type NewLine = NewMessage & { readonly roomId: number };
const KEY = "3f1c2d3e-0000-4000-8000-000000000001";
const HOUR_MS = 3_600_000;
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Alice and Bob in a room of two, Dave elsewhere, and pictures in a folder that can be looked into. */
async function album(options: Partial<PicturesOptions> = {}) {
  const t = await testRooms("alice", "bob", "dave");
  const folder = join(t.folder, "uploads");
  const clock = { ms: 1_000_000 };
  const parts = { database: t.database, nowMs: () => clock.ms, check: t.rooms.check, folder };
  const pictures = testPictures({ ...parts, ...options });
  const { roomId } = await t.rooms.open(alice, "bob");
  const bring = (
    who = alice,
    more: { readonly key?: string; readonly roomId?: number; readonly alt?: string } = {},
  ) => {
    const upload = { roomId: more.roomId ?? roomId, bytes: pngOf(40, 30), alt: more.alt ?? "", key: more.key };
    return pictures.receiving(who, upload.roomId, () => pictures.add(who, upload));
  };
  const files = () => readdirSync(folder).sort();
  const say = (who = alice, ids: readonly string[] = [], body = "", room = roomId) =>
    t.rooms.say(who, room, { body, clientId: undefined, pictures: ids.map((id) => ({ id, alt: undefined })) });
  return { ...t, folder, clock, pictures, roomId, bring, files, say, again: () => testPictures(parts) };
}

const mayRead = async (t: Awaited<ReturnType<typeof album>>, id: string) =>
  Promise.all(
    [undefined, alice, bob, dave].map(async (who) => (await codeOf(t.pictures.read(who, id, "small"))) === "done"),
  );

describe("a picture that is brought in", () => {
  test("S73: comes in within bounds for one person and for all, by the octets that are here, and has to be here in time", async () => {
    await using t = await album({ limits: { bytes: 1e6, bytesPerDay: 0, receiveMs: 20 } });
    const { roomId } = await t.rooms.create(alice, { userIds: ["bob", "dave"], name: "All" });
    const ends: (() => void)[] = [];
    const hold = (who: typeof alice, mib: number) =>
      codeOf(
        t.pictures.receiving(who, roomId, ({ count }) => {
          for (let n = 0; n < mib * 16; n++) count(65_536);
          return new Promise<void>((end) => ends.push(end));
        }),
      );
    expect(await hold(alice, 49)).toBe("unavailable");
    const held = [hold(alice, 28), hold(bob, 28)];
    while (ends.length < 2) await nextTurn();
    // What is left is for others first, and the texts of a form are never in the way.
    expect([await hold(alice, 14), await hold(dave, 21)]).toEqual(["unavailable", "unavailable"]);
    held.push(hold(dave, 19), hold(alice, 0.25), hold(alice, 0.25), hold(alice, 0.25));
    while (ends.length < 6) await nextTurn();
    expect(await hold(alice, 0)).toBe("too_many");
    for (const end of ends) end();
    expect(await Promise.all(held)).toEqual(Array(6).fill("done"));
    const whenOver = (who: typeof alice) =>
      t.pictures.receiving(who, roomId, ({ isOver }) => {
        const { promise, resolve } = Promise.withResolvers<string>();
        isOver.addEventListener("abort", () => resolve("over"));
        return promise;
      });
    expect(await whenOver(dave)).toBe("over");
    expect(await codeOf(t.bring())).toBe("done");
  });

  test("S73: that trickles is over long before its time, one that comes on is not", async () => {
    await using t = await album({ limits: { bytes: 1e6, bytesPerDay: 0, paceMs: 5 } });
    const untilOver = (octets: number) =>
      t.pictures.receiving(alice, t.roomId, async ({ count, isOver }) => {
        for (let turns = 1; turns <= 5; turns++) {
          const { promise, resolve } = Promise.withResolvers<void>();
          isOver.addEventListener("abort", () => resolve());
          setTimeout(resolve, 5);
          count(octets);
          await promise;
          if (isOver.aborted) return "over";
        }
        return "here";
      });
    expect(await untilOver(1)).toBe("over");
    expect(await untilOver(1_000_000)).toBe("here");
  });

  test("is read one at a time, as passwords want the same threads; whose sender has gone is not read at all", async () => {
    const encoding: (() => void)[] = [];
    const encode = async (bytes: Uint8Array) => {
      await new Promise<void>((go) => encoding.push(go));
      return encodePicture(bytes, 1_000_000);
    };
    await using t = await album({ encode });
    const gone = new AbortController();
    const upload = { roomId: t.roomId, bytes: pngOf(40, 30), alt: "", key: undefined };
    const first = codeOf(t.bring(alice));
    while (encoding.length === 0) await nextTurn();
    const second = codeOf(t.pictures.add(bob, { ...upload, gone: gone.signal }));
    const third = codeOf(t.bring(bob));
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    expect(encoding).toHaveLength(1);
    gone.abort();
    encoding[0]?.();
    expect([await first, await second]).toEqual(["done", "invalid"]);
    while (encoding.length < 2) await nextTurn();
    encoding[1]?.();
    expect([await third, encoding.length]).toEqual(["done", 2]);
  });

  test("S60: lies in two files of our own names, for nobody else on this machine", async () => {
    await using t = await album();
    const picture = await t.bring(alice, { alt: "A bird" });
    expect(picture).toMatchObject({ width: 40, height: 30, alt: "A bird" });
    expect(picture.id).toMatch(/^[0-9a-f]{32}$/);
    expect(t.files()).toEqual([`${picture.id}-small.webp`, `${picture.id}.webp`]);
    for (const name of t.files()) expect(statSync(join(t.folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(t.folder).mode & 0o777).toBe(0o700);
  });

  test("is seen by nobody but its uploader until it is said, then by who is in the room", async () => {
    await using t = await album();
    const { id } = await t.bring();
    expect(await mayRead(t, id)).toEqual([false, true, false, false]);
    await t.say(alice, [id]);
    expect(await mayRead(t, id)).toEqual([false, true, true, false]);
  });

  test("S65: is seen no more by who is no longer in the room, its uploader too", async () => {
    await using t = await album();
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "dave"] });
    const { id } = await t.bring(dave, { roomId });
    await t.say(dave, [id], "", roomId);
    expect(await mayRead(t, id)).toEqual([false, true, true, true]);
    await t.rooms.leave(dave, roomId);
    expect(await mayRead(t, id)).toEqual([false, true, true, false]);
    expect(await codeOf(t.bring(dave, { roomId }))).toBe("not_found");
  });

  test("twice with the same key is one, also when both come at once; another key is another", async () => {
    await using t = await album();
    const [one, two] = await Promise.all([t.bring(alice, { key: KEY }), t.bring(alice, { key: KEY })]);
    expect(two).toEqual(one);
    expect(await t.bring(alice, { key: KEY })).toEqual(one);
    expect((await t.bring(bob, { key: KEY })).id).not.toBe(one.id);
    expect((await t.bring()).id).not.toBe(one.id);
    expect(t.files()).toHaveLength(6);
  });

  test("with a key that another place has is refused for its key, also when both come at once", async () => {
    await using t = await album();
    const { roomId } = await t.rooms.open(alice, "dave");
    const both = await Promise.allSettled([t.bring(alice, { key: KEY }), t.bring(alice, { key: KEY, roomId })]);
    const later = await Promise.allSettled([
      t.bring(alice, { key: KEY, roomId }),
      t.bring(alice, { key: KEY, roomId: 0 }),
    ]);
    const refused = [...both, ...later].filter((one) => one.status === "rejected").map(({ reason }) => reason.message);
    expect(new Set(refused)).toEqual(new Set(["clientId: taken"]));
    expect([both.filter(({ status }) => status === "fulfilled").length, t.files().length]).toEqual([1, 2]);
  });

  test("is refused by a stranger, and then nothing is left of it", async () => {
    await using t = await album();
    expect(await codeOf(t.bring(dave))).toBe("not_found");
    expect(await codeOf(t.bring(dave, { roomId: 999 }))).toBe("not_found");
    expect(t.files()).toEqual([]);
  });

  test("S64: counts towards a bound for a day, deleted or not, and for that person alone", async () => {
    const bytes = pngOf(40, 30).length;
    await using t = await album({ limits: { bytes: 10_000, bytesPerDay: bytes * 2 } });
    const { id } = await t.bring();
    const said = await t.say(alice, [id]);
    await t.rooms.deleteMessage(alice, { roomId: t.roomId, messageId: said.id });
    await t.pictures.removeDropped();
    await t.bring();
    expect(await codeOf(t.bring())).toBe("quota");
    await t.pictures.sweep();
    expect(await codeOf(t.bring())).toBe("quota");
    expect(await codeOf(t.bring(bob))).toBe("done");
    t.clock.ms += 24 * HOUR_MS;
    expect(await codeOf(t.bring())).toBe("done");
  });

  test("S64: of two that would pass the bound together, one does", async () => {
    await using t = await album({ limits: { bytes: 10_000, bytesPerDay: pngOf(40, 30).length } });
    const codes = await Promise.all([codeOf(t.bring()), codeOf(t.bring())]);
    expect(codes.sort()).toEqual(["done", "quota"]);
    expect(t.files()).toHaveLength(2);
  });

  test("S63: is decoded one at a time, and four uploads of one person are under way", async () => {
    const state = { now: 0, most: 0, mostOfAlice: 0, begun: 0 };
    const gates: PromiseWithResolvers<void>[] = [];
    await using t = await album({
      async encode(bytes) {
        state.now++;
        state.begun++;
        state.most = Math.max(state.most, state.now);
        const gate = Promise.withResolvers<void>();
        gates.push(gate);
        await gate.promise;
        state.now--;
        return encodePicture(bytes, 1_000_000);
      },
    });
    const alices = [1, 2, 3, 4].map(() => codeOf(t.bring()));
    const bobs = [1, 2].map(() => codeOf(t.bring(bob)));
    expect(await codeOf(t.bring())).toBe("too_many");
    while (state.begun < 6) {
      gates.shift()?.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const gate of gates) gate.resolve();
    expect(await Promise.all([...alices, ...bobs])).toEqual(Array(6).fill("done"));
    expect(state.most).toBe(1);
  });

  test("S64: leaves no file where the disk is full, where its row cannot be written, and where it is no picture", async () => {
    await using t = await album();
    const real = createPictureStore(t.folder);
    const full = testPictures({
      database: t.database,
      nowMs: () => 1,
      check: t.rooms.check,
      store: { ...real, write: (id, picture) => real.write(id, { ...picture, small: onFullDisk() }) },
    });
    const upload = { roomId: t.roomId, bytes: pngOf(40, 30), alt: "", key: undefined };
    expect(await codeOf(full.add(alice, upload))).toBe("full");
    expect(await codeOf(t.pictures.add(dave, upload))).toBe("not_found");
    expect(await codeOf(t.pictures.add(alice, { ...upload, bytes: new Uint8Array([1, 2, 3]) }))).toBe("unsupported");
    expect(t.files()).toEqual([]);
  });
});

/** What a write of it answers on a full disk. */
function onFullDisk(): Uint8Array {
  return new Proxy(new Uint8Array(8), {
    get() {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    },
  });
}

describe("a message with pictures", () => {
  test("carries them in their order, with the words of its author about them", async () => {
    await using t = await album();
    const [one, two] = [await t.bring(alice, { alt: "one" }), await t.bring(alice, { alt: "two" })];
    const pictures = [
      { id: two.id, alt: "second" },
      { id: one.id, alt: undefined },
    ];
    const said = await t.rooms.say(alice, t.roomId, { body: "", clientId: undefined, pictures });
    const shown = [{ ...two, alt: "second" }, one];
    expect(said.pictures).toEqual(shown);
    expect(t.heard("message-said").at(-1)?.message.pictures).toEqual(shown);
    const page = await t.rooms.read(bob, t.roomId);
    expect(page.messages.at(-1)?.pictures).toEqual(shown);
    const { rooms } = await t.rooms.list(bob);
    expect(rooms[0]?.lastMessage).toMatchObject({ body: "", pictures: shown });
  });

  test("is refused whole where a picture is somebody else's, of another room, used, dropped or invented", async () => {
    await using t = await album();
    const { roomId: other } = await t.rooms.open(alice, "dave");
    const [mine, theirs, elsewhere] = [await t.bring(), await t.bring(bob), await t.bring(alice, { roomId: other })];
    const used = await t.bring();
    await t.say(alice, [used.id]);
    const before = (await t.rooms.read(alice, t.roomId)).messages.length;
    for (const id of [theirs.id, elsewhere.id, used.id, "0".repeat(32)]) {
      expect(await codeOf(t.say(alice, [mine.id, id]))).toBe("invalid");
    }
    t.clock.ms += 25 * HOUR_MS;
    await t.pictures.sweep();
    expect(await codeOf(t.say(alice, [mine.id]))).toBe("invalid");
    expect((await t.rooms.read(alice, t.roomId)).messages).toHaveLength(before);
  });

  test("of two lines with the same picture, said at once, one is stored", async () => {
    await using t = await album();
    const { id } = await t.bring();
    const codes = await Promise.all([codeOf(t.say(alice, [id], "a")), codeOf(t.say(alice, [id], "b"))]);
    expect(codes).toEqual(["done", "invalid"]);
    const together = await t.bring();
    const line = { roomId: t.roomId, body: "", pictures: [{ id: together.id, alt: undefined }] };
    const lines = [
      { ...line, clientId: undefined },
      { ...line, clientId: KEY },
    ];
    const sayTogether = (some: readonly NewLine[]) =>
      codeOf(t.rooms.sayTogether(alice, { lines: some, reads: [], also: [] }));
    expect(await sayTogether(lines)).toBe("invalid");
    // One of them with a picture that is not there to be taken: then none is.
    const gone = { ...line, clientId: KEY, pictures: [{ id, alt: undefined }] };
    expect(await sayTogether([{ ...line, clientId: undefined }, gone])).toBe("not_found");
    expect((await t.rooms.read(alice, t.roomId)).messages).toHaveLength(1);
    expect(await sayTogether([{ ...line, clientId: KEY }])).toBe("done");
    expect(await sayTogether([{ ...line, clientId: KEY }])).toBe("done");
    expect((await t.rooms.read(alice, t.roomId)).messages).toHaveLength(2);
  });

  test("D3: said twice with one client id is stored once, and answered with its pictures", async () => {
    await using t = await album();
    const { id } = await t.bring();
    const line = { body: "", clientId: KEY, pictures: [{ id, alt: undefined }] };
    const said = await Promise.all([t.rooms.say(alice, t.roomId, line), t.rooms.say(alice, t.roomId, line)]);
    const later = await t.rooms.say(alice, t.roomId, line);
    for (const one of [...said, later]) expect([one.id, one.pictures.length]).toEqual([said[0].id, 1]);
    expect((await t.rooms.read(bob, t.roomId)).messages).toHaveLength(1);
  });

  test("is told to who comes back, and quoted by how many pictures it has", async () => {
    await using t = await album();
    const { id } = await t.bring();
    const said = await t.say(alice, [id]);
    const missed = await t.rooms.since(bob, t.roomId, { position: 0, limit: 10 });
    expect(missed?.map(({ event }) => event.type === "message-said" && event.message.pictures.length)).toContain(1);
    const answer = await t.rooms.say(bob, t.roomId, { body: "nice", clientId: undefined, replyToId: said.id });
    expect(answer.replyTo).toEqual({
      id: said.id,
      author: { userId: "alice", name: "alice" },
      excerpt: "",
      pictureCount: 1,
    });
    expect((await t.rooms.read(alice, t.roomId)).messages.at(-1)?.replyTo).toMatchObject({ pictureCount: 1 });
    await t.rooms.edit(alice, { roomId: t.roomId, messageId: said.id }, "words");
    expect(t.heard("message-edited").at(-1)?.message.pictures).toHaveLength(1);
  });
});

describe("the files of a picture", () => {
  test("go with its message, and with the last who leaves the room", async () => {
    await using t = await album();
    const { id } = await t.bring();
    const said = await t.say(alice, [id]);
    await t.rooms.say(bob, t.roomId, { body: "answered", clientId: undefined, replyToId: said.id });
    await t.rooms.deleteMessage(alice, { roomId: t.roomId, messageId: said.id });
    expect(await mayRead(t, id)).toEqual([false, false, false, false]);
    expect((await t.rooms.read(bob, t.roomId)).messages[0]).toMatchObject({ isDeleted: true, pictures: [] });
    await t.pictures.removeDropped();
    expect(t.files()).toEqual([]);

    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob"] });
    const { id: kept } = await t.bring(alice, { roomId });
    await t.say(alice, [kept], "", roomId);
    await t.rooms.leave(alice, roomId);
    await t.pictures.removeDropped();
    expect(t.files()).toHaveLength(2);
    await t.rooms.leave(bob, roomId);
    await t.pictures.removeDropped();
    expect(t.files()).toEqual([]);
  });

  test("S64: go after a day where it was never said, and not before", async () => {
    await using t = await album();
    const [unused, used] = [await t.bring(alice, { key: KEY }), await t.bring()];
    await t.say(alice, [used.id]);
    t.clock.ms += 23 * HOUR_MS;
    await t.pictures.sweep();
    expect(t.files()).toHaveLength(4);
    t.clock.ms += 2 * HOUR_MS;
    await t.pictures.sweep();
    expect(t.files()).toEqual([`${used.id}-small.webp`, `${used.id}.webp`]);
    expect(await mayRead(t, unused.id)).toEqual([false, false, false, false]);
    // Whoever comes back later brings it again, under the same key.
    expect((await t.bring(alice, { key: KEY })).id).not.toBe(unused.id);
  });

  test("are put in order by the next start, wherever the last one was killed", async () => {
    await using t = await album();
    const real = createPictureStore(t.folder);
    const [stored, lost] = [await t.bring(), "f".repeat(32)];
    for (const name of t.files()) {
      // As if the process had ended between the row and the last rename.
      if (name.includes("small")) writeFileSync(join(t.folder, `${name}.part`), "kept");
    }
    writeFileSync(join(t.folder, `${lost}.webp.part`), "half");
    writeFileSync(join(t.folder, "notes.txt"), "somebody else's");
    expect((await real.unkept()).toSorted()).toEqual([stored.id, lost].toSorted());
    await t.again().recover();
    expect(t.files()).toEqual([`${stored.id}-small.webp`, `${stored.id}.webp`, "notes.txt"].toSorted());
    expect(existsSync(join(t.folder, `${lost}.webp`))).toBe(false);
    const small = await t.pictures.read(alice, stored.id, "small");
    expect(await small.text()).toBe("kept");
  });

  test("that are not there any more are not found", async () => {
    await using t = await album();
    const { id } = await t.bring();
    await createPictureStore(t.folder).drop(id);
    expect(await codeOf(t.pictures.read(alice, id, "large"))).toBe("not_found");
    expect(new BirdieError("full").code).toBe("full");
  });
});
