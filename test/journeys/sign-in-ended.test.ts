import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { testClock } from "../support/clock.ts";
import { type Member, signIn, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

/** A socket lives as long as its sign-in, a subscription as long as the right to it. */
describe("rights that end", () => {
  const clock = testClock();
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let carol: Member;

  beforeAll(async () => {
    server = await testServer({ settings: { "access-token-s": 60 }, nowMs: clock.nowMs });
    [alice, bob, carol] = await Promise.all([signUp(server, "alice"), signUp(server, "bob"), signUp(server, "carol")]);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const connect = (member: Member) => TestClient.connect(server.url, { Authorization: member.token });

  test("S11: a socket outlives its access token, as long as its sign-in lives", async () => {
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    await using client = await connect(alice);
    clock.advance(6 * 60_000);
    expect((await alice.get("/messages")).status).toBe(401);
    await client.send(`/chat/${roomId}`, "still here");
    // The token itself opens no other socket.
    const late = await connect(alice);
    expect(await late.closed()).toBe(1008);
    [alice, bob, carol] = (await Promise.all(
      [alice, bob, carol].map((member) => signIn(server, member.userId, member.password)),
    )) as [Member, Member, Member];
  });

  test("whoever is called otherwise says so on a socket that is open, too", async () => {
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    await using client = await connect(alice);
    await using listening = await connect(bob);
    const inbox = await listening.subscribe(`/topic/${roomId}`);
    expect((await alice.post("/settings/name", { name: "앨리스" })).status).toBeLessThan(400);
    await client.send(`/chat/${roomId}`, "by my new name");
    await inbox.until((all) => all.some(({ event }) => event === "said"));
    expect(inbox.bodies.find(({ event }) => event === "said")?.senderName).toBe("앨리스");
    const page = (await bob.get(`/messages/${roomId}`)).json;
    expect(JSON.stringify(page)).toContain("앨리스");
    await alice.post("/settings/name", { name: "alice" });
  });

  test("S12: a new password closes every other socket of the account with 4501, and its own stays", async () => {
    const elsewhere = await signIn(server, "bob", bob.password);
    await using own = await connect(bob);
    await using other = await connect(elsewhere);
    await using byPassword = await TestClient.connect(server.url, { login: "bob", passcode: bob.password });
    const newPassword = "bob likes other birds";
    const changed = await bob.post("/settings/password", {
      currentPassword: bob.password,
      newPassword,
    });
    expect(changed.status).toBeLessThan(400);
    expect(await other.closed()).toBe(4501);
    expect(await byPassword.closed()).toBe(4501);
    expect(other.errors[0]?.headers["code"]).toBe("sign_in_ended");
    await own.subscribe("/queue/bob");
    bob = { ...bob, password: newPassword };
    const again = await connect(elsewhere);
    expect(await again.closed()).toBe(4501);
  });

  test("S12: ending all other sign-ins closes their sockets, and of one's own none", async () => {
    const elsewhere = await signIn(server, "carol", carol.password);
    await using own = await connect(carol);
    await using other = await connect(elsewhere);
    await using stranger = await connect(alice);
    expect((await carol.post("/settings/sign-ins/end-others")).status).toBeLessThan(400);
    expect(await other.closed()).toBe(4501);
    await own.subscribe("/queue/carol");
    await stranger.subscribe("/queue/alice");
  });

  test("a sign-in that ended while its CONNECT was under way opens nothing", async () => {
    const device = { userAgent: "Test", address: "" };
    const { accounts } = server.app.acts;
    const { principal, tokens } = await accounts.logIn({ userId: "carol", password: carol.password }, device);
    const cookie = `birdie-access=${tokens.accessToken}; birdie-refresh=${tokens.refreshToken}`;
    using raw = await RawClient.open(server.url, { cookie, origin: server.url });
    await accounts.logOut(principal);
    raw.frame("CONNECT", { "accept-version": "1.2" });
    expect(await raw.closed()).toBe(4501);
    expect(raw.frames.join("")).not.toContain("CONNECTED");
  });

  describe("a member who is removed", () => {
    let roomId: number;
    const { create, remove, invite, leave } = {
      create: () => server.app.acts.rooms.create(me(alice), { name: "birds", userIds: ["bob", "carol"] }),
      remove: (userId: string) => server.app.acts.rooms.remove(me(alice), roomId, userId),
      invite: (userId: string) => server.app.acts.rooms.invite(me(alice), roomId, userId),
      leave: (member: Member) => server.app.acts.rooms.leave(me(member), roomId),
    };
    const me = (member: Member) => ({ userId: member.userId, name: member.userId });
    beforeAll(async () => {
      ({ roomId } = await create());
    });

    test("hears that the subscription ended and nothing more; the socket and all else live", async () => {
      await using bobs = await connect(bob);
      await using carols = await connect(carol);
      const queue = await bobs.subscribe("/queue/bob");
      const atBob = await bobs.subscribe(`/topic/${roomId}`);
      const asHtml = await bobs.subscribe(`/topic/${roomId}`, { accept: "text/html" });
      const atCarol = await carols.subscribe(`/topic/${roomId}`);
      await bobs.send(`/chat/${roomId}`, "last words");
      await atCarol.next((body) => body.message === "last words");
      await remove("bob");
      await atBob.next((body) => body.event === "ended");
      await asHtml.untilMessages((messages) => messages.some((message) => message.headers["event"] === "ended"));
      await alice.post(`/messages/${roomId}`, { message: "without bob" });
      await atCarol.next((body) => body.message === "without bob");
      // A round trip later, nothing more has come.
      const refused = await bobs.send(`/chat/${roomId}`, "let me in", { "on-refusal": "receipt" });
      expect(refused.headers).toMatchObject({ status: "404", code: "not_found" });
      for (const inbox of [atBob, asHtml, queue]) {
        expect(inbox.messages.some((message) => message.body.includes("without bob"))).toBe(false);
        if (inbox !== queue) expect(inbox.messages.at(-1)?.headers["event"]).toBe("ended");
      }
      expect(server.app.presence.presentIn(roomId)).toEqual(["carol"]);
      using raw = await RawClient.connect(server.url, bob.token);
      const again = await raw.exchange("SUBSCRIBE", {
        id: "1",
        destination: `/topic/${roomId}`,
        "on-refusal": "receipt",
      });
      expect(again).toMatchObject({ command: "RECEIPT", headers: { status: "404" } });
      atBob.unsubscribe();
      await bobs.subscribe("/topic/feed");
      expect(bobs.errors).toHaveLength(0);
    });

    test("S24: who leaves while a line is on its way gets it or not, as they were a member at its commit", async () => {
      using raw = await RawClient.connect(server.url, bob.token);
      await using alices = await connect(alice);
      const destination = `/topic/${roomId}`;
      const spared = { destination, "on-refusal": "receipt" };
      for (let i = 0; i < 200; i++) {
        await invite("bob");
        raw.frames.length = 0;
        await raw.exchange("SUBSCRIBE", { ...spared, id: "before" });
        const saying = alices.send(`/chat/${roomId}`, "on its way");
        const leaving = i % 2 === 0 ? leave(bob) : remove("bob");
        const entering = raw.exchange("SUBSCRIBE", { ...spared, id: "behind" });
        const [, , entered] = await Promise.all([saying, leaving, entering]);
        await alices.send(`/chat/${roomId}`, "after it");
        // A round trip: whatever was to come has come.
        await raw.exchange("UNSUBSCRIBE", { id: "before" });
        if (!entered?.headers["status"]) await raw.exchange("UNSUBSCRIBE", { id: "behind" });
        const messages = raw.frames.filter((frame) => frame.startsWith("MESSAGE"));
        expect(messages.some((frame) => frame.includes("after it"))).toBe(false);
        for (const id of ["before", "behind"]) {
          const own = messages.filter((frame) => frame.includes(`subscription:${id}\n`));
          if (id === "before" || own.length > 0) expect(own.at(-1)).toContain("event:ended");
        }
      }
      expect(server.app.presence.presentIn(roomId)).not.toContain("bob");
    }, 120_000);
  });
});
