import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { holdLock } from "../support/database.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { TestClient } from "../support/stomp-client.ts";

/** SAFETY S24 for those who are at the door: what is asked for while the database is locked is then done in one turn. */
describe("a right that ends in the moment in which somebody is let in", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let carol: Member;
  let roomId: number;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob, carol] = await Promise.all([signUp(server, "alice"), signUp(server, "bob"), signUp(server, "carol")]);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    roomId = (await alice.post("/messages", { userIds: ["bob", "carol"], name: "a group" })).json.roomId;
    // Who is new in a group looks into it first, which is an act of its own.
    for (const member of [bob, carol]) {
      await using client = await connect(member);
      await client.subscribe(`/topic/${roomId}`, { ack: "client" });
    }
  });

  const connect = (member: Member) => TestClient.connect(server.url, { Authorization: member.token });
  const say = (message: string) => alice.post(`/messages/${roomId}`, { message });
  /** Whatever was sent before has reached the queue of those who want to write. */
  const arrived = async () => {
    for (let i = 0; i < 3; i++) await bob.get(`/messages/${roomId}`);
  };
  const present = async () =>
    (await alice.get(`/messages/${roomId}`)).json.present.map(({ userId }: { userId: string }) => userId);

  /** Each is asked for behind the one before, and all of it happens once the database is free. */
  async function inOneTurn(...asked: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
    const lock = await holdLock(`file:${join(server.data, "birdie.db")}`);
    const first = say("the database is locked");
    await arrived();
    const answers: Promise<unknown>[] = [];
    for (const ask of asked) {
      answers.push(ask());
      await arrived();
    }
    await lock[Symbol.asyncDispose]();
    await first;
    return Promise.all(answers);
  }

  for (const [name, headers] of [
    ["who comes", {}],
    ["who comes and says what was read", { ack: "client" }],
    ["who comes back", { resume: "another-database" }],
    ["who comes back and says what was read", { resume: "another-database", ack: "client" }],
  ] as const) {
    for (const [how, path] of [
      ["sent away", "remove"],
      ["gone", "leave"],
    ] as const) {
      test(`${name} and is ${how} hears nothing of what is said then, and is not there`, async () => {
        await using client = await connect(carol);
        const mine = await client.subscribe("/queue/carol");
        const [inbox] = await inOneTurn(
          () => client.subscribe(`/topic/${roomId}`, { ...headers, "on-refusal": "receipt" }),
          () =>
            path === "remove"
              ? alice.post(`/messages/${roomId}/remove`, { userId: "carol" })
              : carol.post(`/messages/${roomId}/leave`),
        );
        await say("a secret");
        // Behind it on the same socket: what is told to her herself.
        const post = (await carol.post("/posts", { title: "t", body: "b" })).json;
        await alice.post(`/posts/${post.id}/like`);
        await mine.next((body) => body.type === "LIKES");
        const said = (inbox as typeof mine).bodies.map((body) => body.message);
        expect(said).not.toContain("a secret");
        expect(await present()).toEqual([]);
        expect(client.errors).toEqual([]);
      });
    }
  }

  test("whom somebody blocks then does not hear that they come", async () => {
    await using client = await connect(carol);
    const [, inbox] = await inOneTurn(
      () => bob.post("/members/carol/block"),
      () => client.subscribe(`/topic/${roomId}`, { ack: "client" }),
    );
    await using other = await connect(bob);
    await other.subscribe(`/topic/${roomId}`, { ack: "client" });
    await say("behind it");
    const heard = inbox as Awaited<ReturnType<typeof client.subscribe>>;
    await heard.next((body) => body.message === "behind it");
    const seen = heard.bodies.filter((body) => body.event === "presence").flatMap((body) => body.present);
    expect(seen).not.toContain("bob");
    await bob.post("/members/carol/unblock");
  });
});
