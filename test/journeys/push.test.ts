import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { pngOf, upload } from "../support/pictures.ts";
import { type BrowserKeys, decryptPush, makeBrowserKeys, PushService, TestGrace } from "../support/push-service.ts";
import { type Member, signIn, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

setDefaultTimeout(120_000);

describe("push, from the act to the sealed octets", () => {
  let nowMs: number;
  let service: PushService;
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let keys: BrowserKeys;
  let carol: Member | undefined;
  let grace: TestGrace;

  beforeEach(async () => {
    nowMs = Date.parse("2026-11-22T03:00:00Z");
    service = new PushService();
    grace = new TestGrace();
    server = await testServer({ push: { afterGrace: grace.after, allowsLoopback: true }, nowMs: () => nowMs });
    [alice, bob] = [await signUp(server, "alice", "앨리스"), await signUp(server, "bob")];
    keys = await makeBrowserKeys();
    carol = undefined;
  });
  afterEach(async () => {
    await server.stop();
    await service.stop();
  });

  const subscribe = (who: Member, name: string) =>
    who.post("/push/subscribe", { endpoint: service.endpoint(name), keys: { p256dh: keys.p256dh, auth: keys.auth } });
  const opened = async (at: number) => JSON.parse(await decryptPush(others().at(at)?.body ?? new Uint8Array(), keys));
  const devices = async (who: Member) => (await who.get("/settings/device")).json.devices;
  async function write(who: Member): Promise<number> {
    return (await who.post("/posts", { title: "On birds", body: "They sing." })).json.id;
  }
  async function openRoom(): Promise<number> {
    return (await alice.post("/messages", { userId: "bob" })).json.roomId;
  }
  /** All that was set off before has been decided: what carol hears of now waited just as long, and later. */
  async function settled(): Promise<void> {
    carol ??= await signUp(server, "carol");
    await carol.post("/push/subscribe", { endpoint: service.endpoint("carol"), keys });
    const before = service.to("carol").length;
    const post = await write(carol);
    await alice.post(`/posts/${post}/like`);
    await service.until(before + 1, "carol");
  }
  const others = () => service.pushed.filter(({ path }) => path !== "/push/carol");

  test("a like of somebody who is away reaches every device of the owner, in the words of the inbox", async () => {
    await subscribe(bob, "phone");
    await subscribe(bob, "desk");
    const post = await write(bob);
    await alice.post(`/posts/${post}/like`);
    await service.until(2, "");
    expect(service.pushed.map(({ path }) => path).sort()).toEqual(["/push/desk", "/push/phone"]);
    expect(await opened(0)).toMatchObject({
      kind: "alarm",
      title: "앨리스님이 회원님의 글을 좋아합니다.",
      body: "On birds",
      url: `/posts/${post}`,
      badge: 1,
    });
    expect(service.pushed[0]?.headers.get("topic")).toMatch(/^alarm-\d+$/);
    expect(service.pushed[0]?.headers.get("authorization")).toMatch(/^vapid t=[\w-]+\.[\w-]+\.[\w-]+, k=[\w-]+$/);
  });

  test("a message does too, and several of one room come as the latest", async () => {
    await subscribe(bob, "phone");
    const room = await openRoom();
    for (const message of ["one", "two", "three"]) await alice.post(`/messages/${room}`, { message });
    await settled();
    await service.until(1, "phone");
    await settled();
    const last = await opened(-1);
    expect(last).toMatchObject({
      kind: "message",
      title: "앨리스",
      body: "three",
      tag: `room-${room}`,
      url: `/messages/${room}`,
    });
    const pictures = [1, 2].map(async () => (await upload(server, alice, room, pngOf(9, 9))).json.id);
    const before = service.to("phone").length;
    await alice.post(`/messages/${room}`, { message: "", pictures: await Promise.all(pictures) });
    await settled();
    await service.until(before + 1, "phone");
    expect(await opened(-1)).toMatchObject({ kind: "message", body: "사진 2장" });
  });

  test("being brought into a group does too, unless one has looked in, is out again, or something was said there since", async () => {
    await subscribe(bob, "phone");
    const group = async (name?: string) =>
      (await alice.post("/messages", { userIds: ["bob"], ...(name ? { name } : {}) })).json.roomId;
    const room = await group("Early birds");
    await service.until(1, "phone");
    expect(await opened(-1)).toMatchObject({
      kind: "added",
      title: "Early birds",
      body: "앨리스님이 초대했습니다",
      tag: `room-${room}`,
      url: `/messages/${room}`,
    });
    grace.hold();
    const [seen, left, removed, muted, spoken] = [
      await group(),
      await group(),
      await group(),
      await group(),
      await group(),
    ];
    {
      using tab = await RawClient.connect(server.url, bob.token);
      await tab.exchange("SUBSCRIBE", { id: "1", destination: `/topic/${seen}` });
    }
    await bob.post(`/messages/${left}/leave`);
    await alice.post(`/messages/${removed}/remove`, { userId: "bob" });
    await bob.post(`/messages/${muted}/mute`);
    await alice.post(`/messages/${spoken}`, { message: "the first line" });
    grace.end();
    await service.until(2, "phone");
    await settled();
    expect(others()).toHaveLength(2);
    expect(await opened(-1)).toMatchObject({ kind: "message", title: "앨리스", body: "the first line" });
  });

  test("of somebody who blocked them in the meantime, or whom nobody knows yet, it is not told; hidden, it names nobody", async () => {
    await subscribe(bob, "phone");
    const group = async () => (await alice.post("/messages", { userIds: ["bob"], name: "Secret club" })).json.roomId;
    await bob.post("/settings/alarms", { hidesPushContent: "on" });
    const room = await group();
    await service.until(1, "phone");
    const told = await opened(0);
    expect(told).toMatchObject({ kind: "added", title: "Birdie 알림", tag: `room-${room}` });
    expect(JSON.stringify(told)).not.toMatch(/Secret|앨리스/);
    grace.hold();
    await group();
    await bob.post("/members/alice/block");
    grace.end();
    await settled();
    expect(others()).toHaveLength(1);
  });

  test("nothing is pushed that was read, taken back, muted, or done by oneself", async () => {
    await subscribe(bob, "phone");
    await subscribe(alice, "desk");
    grace.hold();
    const post = await write(bob);
    await alice.post(`/posts/${post}/like`);
    await alice.post(`/posts/${post}/unlike`);
    await bob.post(`/posts/${post}/like`);
    const room = await openRoom();
    const said = await alice.post(`/messages/${room}`, { message: "hello" });
    await bob.post(`/messages/${room}/read`, { upTo: said.json.id });
    expect(grace.end()).toBeGreaterThan(0);
    await settled();
    await bob.post(`/messages/${room}/mute`);
    await alice.post(`/messages/${room}`, { message: "not to be heard" });
    await settled();
    expect(others()).toEqual([]);
  });

  test("nothing is pushed to somebody who looks at a page; a connection nobody looks at does not count", async () => {
    await subscribe(bob, "phone");
    const post = await write(bob);
    await using tab = await TestClient.connect(server.url, { Authorization: bob.token });
    await alice.post(`/posts/${post}/like`);
    await settled();
    expect(others()).toEqual([]);

    await tab.send("/presence/away");
    await alice.post(`/posts/${post}/comments`, { body: "so they do" });
    await service.until(1, "phone");
    expect(await opened(0)).toMatchObject({ body: "so they do" });

    await tab.send("/presence/here");
    await alice.post(`/posts/${post}/comments`, { body: "again" });
    await settled();
    expect(others()).toHaveLength(1);
  });

  test("in quiet hours nothing is pushed, and a hidden content is not told", async () => {
    await subscribe(bob, "phone");
    const room = await openRoom();
    await bob.post("/settings/alarms", {
      likes: "on",
      reply: "on",
      mention: "on",
      quiet: "on",
      quietFrom: "11:00",
      quietTo: "13:00",
      hidesPushContent: "on",
    });
    expect((await bob.get("/push/manner")).json).toEqual({ isQuiet: true, isHidden: true });
    await alice.post(`/messages/${room}`, { message: "psst" });
    await settled();
    expect(others()).toEqual([]);

    nowMs += 2 * 3_600_000;
    [alice, bob] = [await signIn(server, "alice", alice.password), await signIn(server, "bob", bob.password)];
    expect((await bob.get("/push/manner")).json).toEqual({ isQuiet: false, isHidden: true });
    await alice.post(`/messages/${room}`, { message: "a secret" });
    await service.until(1, "phone");
    const told = await opened(0);
    expect(told).toMatchObject({ title: "Birdie 알림", body: "새 소식이 있습니다." });
    expect(JSON.stringify(told)).not.toMatch(/secret|앨리스/);
  });

  test("G5: the test button says how it went, to the word; 410 takes the device away", async () => {
    const { id } = (await subscribe(bob, "phone")).json;
    expect((await bob.post("/push/test", { id })).json).toEqual({ failure: null });
    expect(await opened(0)).toMatchObject({ kind: "test", tag: "test" });

    service.answers.push({ status: 403, words: "invalid JWT provided" });
    const { failure } = (await bob.post("/push/test", { id })).json;
    expect(failure).toEndWith("403 invalid JWT provided");
    expect(await devices(bob)).toMatchObject([{ id, failure }]);

    service.answers.push({ status: 410, words: "gone" });
    expect((await bob.post("/push/test", { id })).json.failure).toEndWith("410 gone");
    expect(await devices(bob)).toEqual([]);
    expect((await bob.post("/push/test", { id })).status).toBe(404);
  });

  test("G5: signing out takes the devices of that sign-in away, and of no other", async () => {
    const elsewhere = await signIn(server, "bob", bob.password);
    await subscribe(bob, "phone");
    await subscribe(elsewhere, "desk");
    await bob.post("/logout");
    const post = await write(elsewhere);
    await alice.post(`/posts/${post}/like`);
    await service.until(1, "desk");
    await settled();
    expect(others().map(({ path }) => path)).toEqual(["/push/desk"]);
    expect((await devices(elsewhere)).length).toBe(1);
  });

  test("a browser belongs to whoever signed in there last", async () => {
    await subscribe(bob, "shared");
    await subscribe(alice, "shared");
    expect(await devices(bob)).toEqual([]);
    expect((await devices(alice)).length).toBe(1);
  });

  test("S67: of more than 20 devices the oldest goes", async () => {
    for (let i = 0; i < 22; i++) await subscribe(bob, `device-${i}`);
    const names = (await devices(bob)).map(({ endpoint }: { endpoint: string }) => endpoint.split("/").at(-1));
    expect(names).toHaveLength(20);
    expect([names[0], names.at(-1)]).toEqual(["device-21", "device-2"]);
  });

  test("nobody subscribes for, tests, sees or removes what is somebody else's, or says nonsense", async () => {
    const { id } = (await subscribe(bob, "phone")).json;
    expect((await alice.post("/push/test", { id })).status).toBe(404);
    await alice.post("/push/unsubscribe", { id });
    await alice.post("/push/unsubscribe", { endpoint: service.endpoint("phone") });
    expect(await devices(alice)).toEqual([]);
    expect(await devices(bob)).toHaveLength(1);
    const { p256dh, auth } = keys;
    const endpoint = service.endpoint("x");
    for (const body of [
      {},
      { endpoint },
      { endpoint, keys: { p256dh, auth: "short" } },
      { endpoint: "http://10.0.0.1/x", keys: { p256dh, auth } },
      { endpoint: "https://localhost/x", keys: { p256dh, auth } },
      { endpoint: "file:///etc/passwd", keys: { p256dh, auth } },
    ]) {
      expect([body, (await bob.post("/push/subscribe", body)).status]).toEqual([body, 422]);
    }
    for (const path of ["/push/subscribe", "/push/unsubscribe", "/push/test", "/push/self-test"]) {
      const answer = await fetch(server.url + path, {
        method: "POST",
        headers: { origin: server.url, accept: "application/json" },
      });
      expect([path, answer.status]).toEqual([path, 401]);
    }
  });

  test("the self-test raises an alarm that is counted, and leaves nothing behind, not even when it is interrupted", async () => {
    const before = (await bob.get("/alarms")).json;
    expect((await bob.post("/push/self-test")).json).toMatchObject({ unreadAlarmCount: 1 });
    expect((await bob.post("/push/self-test")).json).toMatchObject({ unreadAlarmCount: 1 });
    await bob.post("/push/self-test/end");
    expect((await bob.get("/alarms")).json.alarms).toEqual(before.alarms);
    await bob.post("/push/self-test");
    await server.restart();
    const again = await signIn(server, "bob", bob.password);
    expect((await again.get("/alarms")).json.alarms).toEqual(before.alarms);
  });

  test("the key by which push services know us is made once, for our eyes only", async () => {
    const key = (await bob.get("/settings/device")).json.publicKey;
    await server.restart();
    const again = await signIn(server, "bob", bob.password);
    expect((await again.get("/settings/device")).json.publicKey).toBe(key);
    expect(statSync(`${server.data}/keys/vapid.json`).mode & 0o777).toBe(0o600);
  });
});
