import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { everything } from "../support/hostile.ts";
import { pngOf, upload } from "../support/pictures.ts";
import { type Member, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";
import { RawClient } from "../support/stomp-client.ts";
import { VECTORS } from "../support/vectors.ts";

setDefaultTimeout(120_000);

let server: TestServer;
let admin: Member;
let alice: Member;
let bob: Member;
let mallory: Member;

beforeAll(async () => {
  server = await testServer();
  admin = await signUpAdmin(server, "admin");
  [alice, bob, mallory] = await Promise.all([
    signUp(server, "alice", "Alice"),
    signUp(server, "bob", "Bob"),
    signUp(server, "mallory", "Mallory"),
  ]);
});
afterAll(() => server.stop());

describe("S48: ids of other people's things", () => {
  const SECRET = "Only between us two";
  let theirs: { readonly roomId: number; readonly messageId: number };
  let own: number;

  beforeAll(async () => {
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    theirs = { roomId, messageId: (await alice.post(`/messages/${roomId}`, { message: SECRET })).json.id };
    own = (await mallory.post("/messages", { userIds: "bob", name: "Ours" })).json.roomId;
  });

  test("named in a room of one's own lead to nothing of theirs, by HTTP and by STOMP", async () => {
    const { messageId } = theirs;
    const before = everything(server);
    for (const act of ["edit", "delete", "like", "unlike", "report"]) {
      const answer = await mallory.post(`/messages/${own}/${messageId}/${act}`, { message: "x", reason: "x" });
      expect([act, answer.status]).toEqual([act, 404]);
    }
    expect(everything(server) === before).toBe(true);
    for (const query of ["around", "message", "reply", "before", "after"]) {
      const { json } = await mallory.get(`/messages/${own}?${query}=${messageId}`);
      expect([query, JSON.stringify(json).includes(SECRET)]).toEqual([query, false]);
    }
    const answer = await mallory.post(`/messages/${own}`, { message: "Quoting", replyToId: messageId });
    expect(JSON.stringify(answer.json)).not.toContain(SECRET);
    const raw = await RawClient.connect(server.url, mallory.token);
    await raw.exchange("SUBSCRIBE", { id: "1", destination: `/topic/${own}` });
    await raw.exchange(
      "SEND",
      { destination: `/chat/${own}`, "on-refusal": "receipt" },
      JSON.stringify({ message: "Quoting", replyToId: messageId, replyTo: messageId }),
    );
    await raw.exchange("UNSUBSCRIBE", { id: "1" });
    raw[Symbol.dispose]();
    const page = await fetch(`${server.url}/messages/${own}`, {
      headers: { authorization: `Bearer ${mallory.token}` },
    });
    expect([raw.frames.join("").includes(SECRET), (await page.text()).includes(SECRET)]).toEqual([false, false]);
    await mallory.post(`/messages/${own}/unread`, { from: messageId });
    await mallory.post(`/messages/${own}/read`, { upTo: Number.MAX_SAFE_INTEGER });
    expect((await mallory.get("/messages")).json.rooms[0].unreadCount).toBe(0);
    await bob.post(`/messages/${own}`, { message: "New" });
    expect((await mallory.get("/messages")).json.rooms[0].unreadCount).toBe(1);
  });

  test("of posts and comments lead nowhere they do not belong", async () => {
    const [one, other] = [
      (await alice.post("/posts", { title: "One", body: "b" })).json.id,
      (await alice.post("/posts", { title: "Other", body: "b" })).json.id,
    ];
    const comment = (await alice.post(`/posts/${one}/comments`, { body: "Under the first" })).json.id;
    expect((await mallory.post(`/posts/${other}/comments`, { body: "x", parentId: comment })).status).toBe(404);
    expect(JSON.stringify((await mallory.get(`/posts/${other}?comment=${comment}`)).json)).not.toContain("Under the");
    await alice.post(`/posts/${one}/delete`);
    expect((await mallory.get(`/posts/${one}?comment=${comment}`)).status).toBe(410);
    for (const act of ["like", "unlike", "edit", "delete", "report"]) {
      const { status } = await mallory.post(`/comments/${comment}/${act}`, { body: "x", reason: "x" });
      expect([act, [403, 410].includes(status)]).toEqual([act, true]);
    }
  });

  test("in alarms, devices, sign-ins and feeds are nobody else's", async () => {
    const post = (await alice.post("/posts", { title: "One", body: "b" })).json.id;
    await bob.post(`/posts/${post}/like`);
    const [alarm] = (await alice.get("/alarms")).json.alarms;
    const before = everything(server);
    await mallory.post(`/alarms/${alarm.id}/read`);
    await mallory.post("/alarms/read", { upTo: alarm.id });
    await mallory.post("/alarms/unread", { ids: [alarm.id] });
    await mallory.post("/alarms/read", { postId: post });
    const [signIn] = (await alice.get("/settings")).json.signIns;
    await mallory.post(`/settings/sign-ins/${signIn.id}/end`);
    expect(everything(server) === before).toBe(true);
  });
});

describe("S20, S23: destinations", () => {
  const look = (userId: string) => [
    `/queue/${userId}/`,
    `//queue/${userId}`,
    `/queue//${userId}`,
    `/queue/./${userId}`,
    `/queue/mallory/../${userId}`,
    `/queue/${userId.toUpperCase()}`,
    `/queue/${userId}\u200b`,
    `/queue/${userId}\u0000`,
    `/queue/ ${userId}`,
    `/queue/%61lice`,
    `/queue/${userId.replace("a", "а")}`,
    `/queue/${userId.replace("a", "\uff41")}`,
    `/queue/${userId.replace("l", "ⅼ")}`,
    `/queue/${userId.normalize("NFD")}\u0301`,
    "/queue/*",
    "/queue/>",
    "/queue/#",
    "/queue/**",
    "/queue/a*",
    "/queue/mallory,alice",
    "/queue/mallory alice",
    "/Queue/alice",
    "/QUEUE/mallory",
    "queue/mallory",
    "\u2215queue\u2215alice",
    "/queue\\alice",
    "/topic/*",
    "/topic/>",
    "/topic/0",
    "/topic/-1",
    "/topic/+1",
    "/topic/01",
    "/topic/1.0",
    "/topic/1e0",
    "/topic/0x1",
    "/topic/１",
    "/topic/1/",
    "/topic/posts/01",
    "/topic/posts/*",
    "/topic/posts/1/comments",
    "/topic/feed/",
    "/topic/FEED",
    "/exchange/queue/alice",
    "/temp-queue/x",
    "/user/queue/alarms",
    "/topic/9007199254740993",
    "",
    "/",
  ];

  test("of the kinds that look like another's are nobody's: refused, and nothing is heard", async () => {
    for (const destination of look("alice")) {
      using raw = await RawClient.connect(server.url, mallory.token);
      raw.frame("SUBSCRIBE", { id: "1", destination, selector: "1=1", receipt: "r", "on-refusal": "receipt" });
      await raw.until((frames) => frames.length > 1);
      expect([destination, /^(?:ERROR|RECEIPT[\s\S]*\nstatus:4)/.test(raw.frames.at(-1) ?? "")]).toEqual([
        destination,
        true,
      ]);
    }
  });

  test("of SEND neither", async () => {
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    const before = everything(server);
    for (const destination of [
      ...look("alice"),
      `/topic/${roomId}`,
      "/queue/alice",
      `/chat/${roomId}`,
      `/chat/${roomId}/`,
      `/chat/0${roomId}`,
      `/chat/subscribe/${roomId}`,
      `/chat/typing/${roomId}`,
      "/alarm/alice",
      "/presence/HERE",
      "/chat/*",
    ]) {
      using raw = await RawClient.connect(server.url, mallory.token);
      const body = JSON.stringify({ message: "x", sender: "alice", type: "LIKES", postId: 1 });
      raw.frame("SEND", { destination, receipt: "r", "on-refusal": "receipt" }, body);
      await raw.until((frames) => frames.length > 1);
      expect([destination, /^(?:ERROR|RECEIPT[\s\S]*\nstatus:4)/.test(raw.frames.at(-1) ?? "")]).toEqual([
        destination,
        true,
      ]);
    }
    expect(everything(server) === before).toBe(true);
  });
});

describe("F3: positions that nobody was given", () => {
  test("replay nothing that is not one's own, and are no fault of ours", async () => {
    const feed = (await alice.get("/")).json.position as string;
    const [database = ""] = feed.split("-");
    const forged = [
      `${database}-0`,
      `${database}--1`,
      `${database}-zzzzzzzzzzz`,
      `${database}-zzzzzzzzzzzzzzzzzzzzzzzzzzzzz`,
      `${database}-1.5`,
      `${database}-1e3`,
      `${database}- 1`,
      `${database}-NaN`,
      `${database}-`,
      "-1",
      "",
      "' or 1=1 --",
      "x".repeat(3_000),
      `${database}-1\\n`,
    ];
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    for (const resume of forged) {
      for (const destination of ["/queue/mallory", "/topic/feed", "/topic/posts/1", `/topic/${roomId}`]) {
        using raw = await RawClient.connect(server.url, mallory.token);
        raw.frame("SUBSCRIBE", { id: "1", destination, resume, receipt: "r", "on-refusal": "receipt" });
        await raw.until((frames) => frames.some((frame) => /^(?:ERROR|RECEIPT)/.test(frame)));
        const all = raw.frames.join("");
        expect([resume, destination, all.includes("Only between us")]).toEqual([resume, destination, false]);
        if (destination === `/topic/${roomId}`) expect(all).toMatch(/status:404/);
      }
    }
    expect(server.log.filter((line) => line.includes(" error "))).toEqual([]);
  });
});

describe("S34: what admins look at", () => {
  async function shapeOf(html: string): Promise<string[]> {
    const seen = new Set<string>();
    const rewriter = new HTMLRewriter().on("*", {
      element(element) {
        seen.add(element.tagName);
        for (const [name, value] of element.attributes) {
          seen.add(`${element.tagName}[${name}]`);
          if (name === "href" && !/^(?:\/|#|https?:)/.test(value)) seen.add(`href ${value}`);
        }
      },
    });
    await new Response(rewriter.transform(new Response(html)).body).text();
    return [...seen];
  }

  async function look(userId: string, texts: readonly string[]): Promise<readonly string[]> {
    const who = await signUp(server, userId, "Somebody");
    const { roomId } = (await who.post("/messages", { userId: "bob" })).json;
    const ids = new Set<string>();
    for (const text of texts) {
      const short = [...text].slice(0, 40).join("");
      await who.post("/settings/name", { name: short });
      const { id: postId } = (await who.post("/posts", { title: [...text].slice(0, 120).join(""), body: text })).json;
      const { json: picture } = await upload(server, who, roomId, pngOf(8, 8), {});
      const pictures = [{ id: picture.id, alt: [...text].slice(0, 250).join("") }];
      const { id } = (await who.post(`/messages/${roomId}`, { message: text, pictures })).json;
      await bob.post(`/messages/${roomId}/${id}/report`, { reason: text });
      await bob.post(`/posts/${postId}/report`, { reason: text });
      await admin.post(`/admin/members/${userId}/ban`, { days: "1", reason: text });
      await admin.post(`/admin/members/${userId}/unban`);
      for (const path of ["/admin", "/admin/reports", `/admin/members/${userId}`, "/admin/members?q=s"]) {
        const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${admin.token}` } });
        expect([path, answer.status]).toEqual([path, 200]);
        for (const one of await shapeOf(await answer.text())) ids.add(one);
      }
      await admin.post(`/posts/${postId}/delete`);
      for (const report of (await admin.get("/admin/reports")).json.reports) {
        await admin.post(`/admin/reports/${report.id}/dismiss`);
      }
      const inbox = await fetch(`${server.url}/alarms`, { headers: { authorization: `Bearer ${who.token}` } });
      for (const one of await shapeOf(await inbox.text())) ids.add(one);
    }
    return [...ids].sort();
  }

  test("is text, whoever wrote it wherever: names, titles, alts, reasons", async () => {
    const kind = new Set(await look("carol", ["Hello", "Two\nlines @bob", "x".repeat(300)]));
    const hostile = await look("dave", VECTORS);
    expect(hostile.filter((one) => !kind.has(one))).toEqual([]);
  });
});
