import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

interface Told {
  readonly event: string;
  readonly id: number;
  readonly position: string;
  readonly type: string;
}

/** Where things are written, changed and taken back, and its topic. */
interface Place {
  readonly destination: string;
  /** The event of what is new. */
  readonly isNew: string;
  write(text: string): Promise<number>;
  edit(id: number): Promise<unknown>;
  remove(id: number): Promise<unknown>;
}

/** Whoever was cut in the midst of what is told them goes on from there: nothing is lost, and nothing is new twice. */
describe("a reader who is cut between two MESSAGEs", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let roomId: number;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
    roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** What bob hears who comes back to a position. */
  async function replay(destination: string, resume: string): Promise<readonly Told[]> {
    using raw = await RawClient.connect(server.url, bob.token);
    raw.frame("SUBSCRIBE", { id: "1", destination, resume, ack: "client", receipt: "r" });
    await raw.until((frames) => frames.some((frame) => frame.startsWith("RECEIPT")));
    expect(raw.frames.find((frame) => frame.startsWith("RECEIPT"))).toContain("recovered:true");
    return raw.frames.filter((frame) => frame.startsWith("MESSAGE")).map(toldBy);
  }

  const toldBy = (frame: string): Told => {
    const [head = "", body = ""] = frame.replace(/\0$/, "").split("\n\n");
    return { position: /^position:(.*)$/m.exec(head)?.[1] ?? "", ...JSON.parse(body) };
  };

  async function room(): Promise<Place> {
    const path = (id: number, act: string) => `/messages/${roomId}/${id}/${act}`;
    return {
      destination: `/topic/${roomId}`,
      isNew: "said",
      write: async (message) => (await alice.post(`/messages/${roomId}`, { message })).json.id,
      edit: (id) => alice.post(path(id, "edit"), { message: "edited" }),
      remove: (id) => alice.post(path(id, "delete")),
    };
  }

  async function post(): Promise<Place> {
    const { id: postId } = (await alice.post("/posts", { title: "t", body: "b" })).json;
    return {
      destination: `/topic/posts/${postId}`,
      isNew: "written",
      write: async (body) => (await alice.post(`/posts/${postId}/comments`, { body })).json.id,
      edit: (id) => alice.post(`/comments/${id}/edit`, { body: "edited" }),
      remove: (id) => alice.post(`/comments/${id}/delete`),
    };
  }

  async function feed(): Promise<Place> {
    return {
      destination: "/topic/feed",
      isNew: "written",
      write: async (title) => (await alice.post("/posts", { title, body: "b" })).json.id,
      edit: (id) => alice.post(`/posts/${id}/edit`, { title: "edited", body: "b" }),
      remove: (id) => alice.post(`/posts/${id}/delete`),
    };
  }

  for (const place of [room, post, feed]) {
    test(`${place.name}: in a replay`, async () => {
      const { destination, isNew, write, edit, remove } = await place();
      const old = await write("old");
      const { position } = (await bob.get("/alarms")).json;
      const first = await write("first");
      await edit(old);
      const second = await write("second");
      await edit(first);
      const third = await write("third");

      const names = (told: readonly Told[]) => told.map(({ event, id }) => `${event} ${id}`);
      const isNewIn = (told: readonly Told[]) => told.filter(({ event }) => event === isNew).map(({ id }) => id);
      const whole = await replay(destination, position);
      expect(isNewIn(whole)).toEqual([first, second, third]);
      for (const [i, cut] of whole.entries()) {
        const rest = await replay(destination, cut.position);
        expect([i, isNewIn(rest)]).toEqual([i, isNewIn(whole.slice(i + 1))]);
        expect(names(rest)).toEqual(expect.arrayContaining(names(whole.slice(i + 1))));
      }
      expect(await replay(destination, whole.at(-1)?.position ?? "")).toEqual([]);

      // What was told is taken back meanwhile: who has heard of it hears of that.
      for (const id of [first, third, old]) await remove(id);
      for (const [i, cut] of whole.entries()) {
        const rest = await replay(destination, cut.position);
        const known = [old, ...isNewIn(whole.slice(0, i + 1))];
        const gone = names(rest).filter((name) => name.startsWith("deleted"));
        const wanted = [first, third, old].filter((id) => known.includes(id)).map((id) => `deleted ${id}`);
        expect([i, gone]).toEqual([i, expect.arrayContaining(wanted)]);
        expect([i, isNewIn(rest)]).toEqual([i, known.includes(second) ? [] : [second]]);
      }
    });
  }

  test("one's own queue: an act that is told by two, live and in a replay", async () => {
    await using client = await TestClient.connect(server.url, { Authorization: bob.token });
    const queue = await client.subscribe("/queue/bob");
    const { position } = (await bob.get("/alarms")).json;
    await alice.post(`/messages/${roomId}`, { message: "@bob look" });
    await queue.until((bodies) => bodies.length >= 2);
    const types = (told: readonly { type: string }[]) => told.map(({ type }) => type);
    const live = queue.messages.map(({ headers, body }) => ({ ...JSON.parse(body), position: headers["position"] }));
    expect(types(live).toSorted()).toEqual(["CHAT", "MENTION"]);
    const again = await replay("/queue/bob", position);
    expect(types(again).toSorted()).toEqual(["CHAT", "MENTION"]);
    for (const [one, other] of [live, again]) {
      expect(types(await replay("/queue/bob", one.position))).toContain(other.type);
      expect(await replay("/queue/bob", other.position)).toEqual([]);
    }
  });

  test("one's own queue: a block takes back several alarms at once, live and in a replay", async () => {
    const carol = await signUp(server, "carol");
    for (let i = 0; i < 3; i++) {
      const { id } = (await bob.post("/posts", { title: "t", body: "b" })).json;
      await carol.post(`/posts/${id}/like`);
    }
    await using client = await TestClient.connect(server.url, { Authorization: bob.token });
    const queue = await client.subscribe("/queue/bob");
    const { position } = (await bob.get("/alarms")).json;
    await bob.post("/members/carol/block");
    await queue.next(({ event }) => event === "blocked");
    const live = queue.messages.map(({ headers, body }) => ({ ...JSON.parse(body), position: headers["position"] }));
    const names = (told: readonly Told[]) => told.map(({ event, type, id }) => `${event} ${type} ${id ?? ""}`);
    for (const whole of [live, await replay("/queue/bob", position)]) {
      expect(whole.filter(({ event }) => event === "retracted")).toHaveLength(3);
      for (const [i, cut] of whole.entries()) {
        const rest = await replay("/queue/bob", cut.position);
        expect([i, names(rest)]).toEqual([i, expect.arrayContaining(names(whole.slice(i + 1)))]);
      }
      expect(await replay("/queue/bob", whole.at(-1)?.position ?? "")).toEqual([]);
    }
  });

  test("a room: who says something also reads; the line comes to whoever heard of the reading only", async () => {
    await alice.post(`/messages/${roomId}`, { message: "read this" });
    await using client = await TestClient.connect(server.url, { Authorization: alice.token });
    const inbox = await client.subscribe(`/topic/${roomId}`, { ack: "client" });
    await bob.post(`/messages/${roomId}`, { message: "an answer" });
    const line = await inbox.next(({ event }) => event === "said");
    const read = inbox.messages.find(({ headers }) => headers["event"] === "read");
    const rest = await replay(`/topic/${roomId}`, read?.headers["position"] ?? "");
    expect(rest.map(({ event, id }) => [event, id])).toContainEqual(["said", line.id]);
  });
});
