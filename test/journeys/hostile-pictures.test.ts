import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { everything } from "../support/hostile.ts";
import { gifOf, join8, jpegOf, pngOf, upload } from "../support/pictures.ts";
import { type Member, signIn, signUp, type TestServer, testServer } from "../support/server.ts";

setDefaultTimeout(120_000);

let server: TestServer;
let alice: Member;
let bob: Member;
let dave: Member;
let roomId = 0;

beforeAll(async () => {
  server = await testServer({ settings: { "picture-bytes": 100_000, "picture-pixels": 1_000_000 } });
  [alice, bob, dave] = await Promise.all([signUp(server, "alice"), signUp(server, "bob"), signUp(server, "dave")]);
  roomId = Number((await alice.post("/messages", { userId: "bob" })).json.roomId);
});
afterAll(() => server.stop());

const uploads = () => readdirSync(join(server.data, "uploads"));
const bring = (bytes = pngOf(60, 40), more: Parameters<typeof upload>[4] = {}, who = alice) =>
  upload(server, who, roomId, bytes, more);
const ask = (path: string, who: Member | undefined, init: RequestInit = {}) =>
  fetch(server.url + path, {
    redirect: "manual",
    ...init,
    headers: { ...(who && { authorization: `Bearer ${who.token}` }), ...init.headers },
  });

/** A picture that Alice has said in the room. */
async function said(): Promise<{ readonly url: string; readonly messageId: number }> {
  const { json } = await bring();
  const answer = await alice.post(`/messages/${roomId}`, { message: "", pictures: [json.id] });
  return { url: json.url, messageId: answer.json.id };
}

describe("a hostile upload", () => {
  test("S60: whatever its file is called, our own name is what it gets, and nothing of it is shown", async () => {
    const names = [
      "../../x.png",
      "/etc/passwd",
      "C:\\x.png",
      "a\0.png",
      `${"a".repeat(300)}.png`,
      ".htaccess",
      "CON",
      "\u202egnp.exe",
      "<img onerror=alert(1)>.png",
    ];
    const around = readdirSync(server.data).sort();
    for (const name of names) {
      const { status, json } = await bring(pngOf(60, 40), { name });
      expect([name, status]).toEqual([name, 201]);
      expect(json.url).toMatch(/^\/pictures\/[0-9a-f]{32}\.webp$/);
      expect(JSON.stringify(json)).not.toContain("onerror");
    }
    for (const name of uploads()) expect(name).toMatch(/^[0-9a-f]{32}(?:-small)?\.webp$/);
    expect(readdirSync(server.data).sort()).toEqual(around);
  });

  test("S61: of what type and name it says it is counts for nothing; what is no picture leaves no trace", async () => {
    const html = new TextEncoder().encode("<!doctype html><script>alert(1)</script>");
    const [before, files] = [everything(server), uploads().length];
    for (const type of ["image/png", "image/svg+xml", "text/html"]) {
      expect(await bring(html, { type })).toMatchObject({ status: 415, json: { code: "unsupported" } });
    }
    expect([everything(server) === before, uploads().length]).toEqual([true, files]);
    const picture = await bring(join8([await jpegOf(60, 40), html]), { type: "text/html", name: "page.html" });
    expect(picture.status).toBe(201);
    const shown = await ask(picture.json.url, alice);
    expect(await shown.text()).not.toContain("script");
    expect(Object.fromEntries(shown.headers)).toMatchObject({
      "content-type": "image/webp",
      "content-disposition": 'inline; filename="picture.webp"',
      "x-content-type-options": "nosniff",
      "cache-control": "private, no-cache",
    });
    expect(shown.headers.get("content-security-policy")).toMatch(/^default-src 'none';.*sandbox/);
  });

  test("S63, S64: too many octets, too many pixels, moving, cut off, empty: each is said, and leaves no trace", async () => {
    const jpeg = await jpegOf(400, 300);
    const large = new Uint8Array(150_000).fill(7);
    const [before, files] = [everything(server), uploads().length];
    const refused: readonly (readonly [Uint8Array<ArrayBuffer>, number, string])[] = [
      [large, 413, "too_large"],
      [new Uint8Array(2_000_000), 413, "too_large"],
      [pngOf(1_001, 1_000), 413, "too_large"],
      [gifOf(1_000), 422, "invalid"],
      [jpeg.slice(0, jpeg.length / 2), 422, "invalid"],
      [new Uint8Array(), 422, "invalid"],
    ];
    for (const [bytes, status, code] of refused) {
      const answer = await bring(bytes);
      expect([bytes.length, answer.status, answer.json.code]).toEqual([bytes.length, status, code]);
    }
    const noFile = await ask(`/messages/${roomId}/pictures`, alice, { method: "POST", body: new FormData() });
    expect(noFile.status).toBe(422);
    const noForm = await ask(`/messages/${roomId}/pictures`, alice, { method: "POST", body: "x" });
    expect(noForm.status).toBe(422);
    expect([everything(server) === before, uploads().length]).toEqual([true, files]);
  });

  test("S64: that is broken off leaves no file, and its place is free again", async () => {
    const files = uploads().length;
    for (let i = 0; i < 6; i++) {
      const socket = connect(server.port, "127.0.0.1");
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.on("close", () => resolve());
      socket.write(
        `POST /messages/${roomId}/pictures HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${alice.token}\r\n` +
          "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 50000\r\n\r\n" +
          '--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n',
      );
      socket.write(pngOf(60, 40).subarray(0, 100), () => socket.destroy());
      await promise;
    }
    // The server may learn of the last one a moment later: until then one place fewer is free.
    let answer = await bring();
    while (answer.status === 429) answer = await bring();
    expect(answer.status).toBe(201);
    expect(uploads()).toHaveLength(files + 2);
  });

  test("S73: whose length is only claimed keeps nobody else's pictures and forms out", async () => {
    await using roomy = await testServer();
    const names = ["erin", "fred", "gina", "hank"];
    const [victim, ...trolls] = await Promise.all(names.map((name) => signUp(roomy, name)));
    const sockets = trolls.flatMap((troll, i) =>
      [1, 2, 3, 4].map(() => {
        const socket = connect(roomy.port, "127.0.0.1");
        const begun = new Promise<void>((resolve) => {
          socket.write(
            `POST /posts HTTP/1.1\r\nHost: 127.0.0.1:${roomy.port}\r\nAuthorization: Bearer ${troll.token}\r\n` +
              "Accept: application/json\r\nContent-Type: multipart/form-data; boundary=x\r\n" +
              `Content-Length: ${i < 2 ? 42_205_184 : 16_252_928}\r\n\r\n--x\r\n`,
            () => resolve(),
          );
        });
        return { socket, begun };
      }),
    );
    await Promise.all(sockets.map(({ begun }) => begun));
    // They have been read when a fifth of the same person is refused.
    for (const troll of trolls) {
      for (let n = 0; n < 50 && (await upload(roomy, troll, 0, pngOf(9, 9))).status === 201; n++);
    }
    const picture = await upload(roomy, victim as Member, 0, pngOf(60, 40));
    const form = new FormData();
    form.set("title", "words only");
    form.set("body", "as a browser sends them without script");
    form.set("pictures", new File([], ""));
    const headers = { accept: "application/json", authorization: `Bearer ${victim?.token}` };
    const post = await fetch(`${roomy.url}/posts`, { method: "POST", headers, body: form });
    for (const { socket } of sockets) socket.destroy();
    expect([picture.status, post.status]).toEqual([201, 201]);
  });

  test("S64: is within a bound for a day and person, 429 beyond it", async () => {
    const bytes = pngOf(200, 200);
    await using small = await testServer({ settings: { "picture-bytes-per-day": bytes.length * 2 } });
    const [erin, fred] = [await signUp(small, "erin"), await signUp(small, "fred")];
    const { json } = await erin.post("/messages", { userId: "fred" });
    const statuses: number[] = [];
    for (const who of [erin, erin, erin, fred]) statuses.push((await upload(small, who, json.roomId, bytes)).status);
    expect(statuses).toEqual([201, 201, 429, 201]);
  });
});

describe("a picture of a room", () => {
  test("S65: is there for its members alone; to everybody else it is what does not exist", async () => {
    const { url } = await said();
    const nothing = await ask(`/pictures/${"0".repeat(32)}.webp`, dave);
    const faceOf = async (answer: Response) => [
      answer.status,
      createHash("sha256")
        // The page says what time it is.
        .update((await answer.text()).replace(/data-now="[0-9]+"/, ""))
        .digest("hex"),
    ];
    const unknown = await faceOf(nothing);
    for (const address of [url, url.replace(".webp", "-small.webp")]) {
      expect(await faceOf(await ask(address, dave))).toEqual(unknown);
      expect((await ask(address, undefined)).status).toBe(404);
      for (const who of [alice, bob]) expect((await ask(address, who)).status).toBe(200);
    }
    const id = url.slice("/pictures/".length, -".webp".length);
    for (const name of [
      id,
      `${id}.png`,
      `${id}-large.webp`,
      `..%2f${id}.webp`,
      `${id}.webp%00`,
      `${id.toUpperCase()}.webp`,
    ]) {
      expect([name, (await ask(`/pictures/${name}`, alice)).status]).toEqual([name, 404]);
    }
  });

  test("S65: is gone with the sign-in, with the message, with the membership; a browser asks again each time", async () => {
    const { url, messageId } = await said();
    const guest = await signIn(server, "bob", bob.password);
    const first = await ask(url, guest);
    const tag = first.headers.get("etag") ?? "";
    expect((await ask(url, guest, { headers: { "if-none-match": tag } })).status).toBe(304);
    await guest.post("/logout");
    expect((await ask(url, guest, { headers: { "if-none-match": tag } })).status).toBe(404);

    const group = Number((await alice.post("/messages", { userIds: ["bob", "dave"] })).json.roomId);
    const { json } = await upload(server, alice, group, pngOf(30, 30));
    await alice.post(`/messages/${group}`, { message: "", pictures: [json.id] });
    expect((await ask(json.url, dave)).status).toBe(200);
    await alice.post(`/messages/${group}/remove`, { userId: "dave" });
    expect((await ask(json.url, dave)).status).toBe(404);

    const before = uploads().length;
    expect((await alice.post(`/messages/${roomId}/${messageId}/delete`)).status).toBe(200);
    for (const who of [alice, bob]) expect((await ask(url, who)).status).toBe(404);
    while (uploads().length > before - 2) await new Promise((resolve) => setImmediate(resolve));
  });

  test("S65: is answered by ranges and by HEAD as it is whole", async () => {
    const { url } = await said();
    const whole = new Uint8Array(await (await ask(url, bob)).arrayBuffer());
    const { length } = whole;
    const ranges: readonly (readonly [string, number, number, number])[] = [
      ["bytes=0-9", 206, 0, 10],
      ["bytes=10-", 206, 10, length],
      ["bytes=-5", 206, length - 5, length],
      [`bytes=5-${length + 100}`, 206, 5, length],
      ["bytes=9-5", 200, 0, length],
      ["bytes=0-1,4-5", 200, 0, length],
      ["octets=0-1", 200, 0, length],
    ];
    for (const [range, status, from, to] of ranges) {
      const answer = await ask(url, bob, { headers: { range } });
      expect([range, answer.status]).toEqual([range, status]);
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(whole.slice(from, to));
      if (status === 206) expect(answer.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/${length}`);
    }
    const beyond = await ask(url, bob, { headers: { range: `bytes=${length}-` } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${length}`]);
    const stale = await ask(url, bob, { headers: { range: "bytes=0-1", "if-range": '"another"' } });
    expect(stale.status).toBe(200);
    const head = await ask(url, bob, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, String(length), ""]);
    expect((await ask(url, dave, { method: "HEAD" })).status).toBe(404);
  });

  test("can be said by nobody but its uploader, in its room, once", async () => {
    const { json } = await bring();
    const say = (who: Member, room: number) => who.post(`/messages/${room}`, { message: "mine", pictures: [json.id] });
    const other = Number((await alice.post("/messages", { userId: "dave" })).json.roomId);
    expect((await say(bob, roomId)).status).toBe(422);
    expect((await say(alice, other)).status).toBe(422);
    expect((await say(alice, roomId)).status).toBe(201);
    expect((await say(alice, roomId)).status).toBe(422);
    for (const pictures of [
      [1],
      ["x"],
      [json.id, json.id],
      Array(5).fill("0".repeat(32)),
      { id: 1 },
      [{ id: json.id, alt: "a".repeat(251) }],
    ]) {
      expect((await alice.post(`/messages/${roomId}`, { message: "hi", pictures })).status).toBe(422);
    }
    expect(server.log.filter((line) => / error /.test(line))).toEqual([]);
  });
});
