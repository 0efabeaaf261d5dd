import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { IMessage } from "@stomp/stompjs";
import Sqlite from "libsql";
import { pick, upTo } from "../support/random.ts";
import { type Answer, type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { TestClient } from "../support/stomp-client.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(120_000);

const PEOPLE = ["alice", "bob", "carol", "dave", "erin"];
const ACTS_EACH = 60;
const AT_ONCE = 20;

/** What there is by now: anybody may do anything to it, and much of that is refused. */
interface Things {
  readonly hall: number;
  readonly post: number;
  readonly comments: number[];
  readonly rooms: number[];
  readonly lines: (readonly [roomId: number, id: number])[];
}

type Act = (who: Member, things: Things) => Promise<Answer | undefined>;

async function say(who: Member, roomId: number, { lines }: Things): Promise<Answer> {
  const body = { message: `${upTo(1_000)} @${pick(PEOPLE)}`, clientId: crypto.randomUUID() };
  const answer = await who.post(`/messages/${roomId}`, body);
  if (answer.status === 201) lines.push([roomId, answer.json.id]);
  return answer;
}

function aboutLine(path: string, body: (id: number) => object = () => ({})): Act {
  return async (who, { lines }) => {
    const [roomId, id] = lines.length > 0 ? pick(lines) : [0, 0];
    return who.post(`/messages/${roomId}${path.replace("ID", String(id))}`, body(id));
  };
}

const aboutComment =
  (path: string, body: () => object = () => ({})): Act =>
  async (who, { comments }) =>
    comments.length > 0 ? who.post(`/comments/${pick(comments)}${path}`, body()) : undefined;

const ACTS: readonly Act[] = [
  (who, things) => say(who, things.hall, things),
  (who, things) => say(who, pick(things.rooms), things),
  aboutLine("/ID/edit", () => ({ message: `edited ${upTo(1_000)}` })),
  aboutLine("/ID/delete"),
  aboutLine("/ID/like"),
  aboutLine("/ID/unlike"),
  aboutLine("/read", (id) => ({ upTo: id })),
  aboutLine("/unread", (id) => ({ from: id })),
  aboutLine("/mute"),
  aboutLine("/unmute"),
  async (who, { rooms }) => {
    const answer = await who.post("/messages", { userId: pick(PEOPLE) });
    if (answer.status < 300 && !rooms.includes(answer.json.roomId)) rooms.push(answer.json.roomId);
    return answer;
  },
  async (who, { post, comments }) => {
    const answer = await who.post(`/posts/${post}/comments`, { body: `a comment @${pick(PEOPLE)}` });
    if (answer.status === 201) comments.push(answer.json.id);
    return answer;
  },
  aboutComment("/like"),
  aboutComment("/unlike"),
  aboutComment("/edit", () => ({ body: `edited ${upTo(1_000)}` })),
  aboutComment("/delete"),
  (who, { post }) => who.post(`/posts/${post}/${pick(["like", "unlike"])}`),
  (who) => who.post("/alarms/read", { upTo: Number.MAX_SAFE_INTEGER }),
  (who) => who.post(`/members/${pick(PEOPLE)}/block`),
  (who) => who.post(`/members/${pick(PEOPLE)}/unblock`),
];

interface ReplicaOptions {
  readonly destinations: readonly string[];
  readonly position: string;
  readonly ack: "auto" | "client";
}

/** What one person's program makes of all that it hears, through one connection after another. */
class Replica {
  counts: readonly unknown[] = [];
  readonly lines = new Map<number, string>();
  readonly comments = new Map<number, string>();
  /** What was told as new more than once. */
  readonly repeated: string[] = [];
  /** The wire may break between any two MESSAGEs, also of one act or in the midst of what is told to who comes back. */
  isBreaking = true;
  #isBroken = false;
  readonly #news = new Set<string>();
  readonly #positions = new Map<string, string>();
  #client: TestClient | undefined;

  readonly who: Member;
  readonly #server: TestServer;
  readonly #destinations: readonly string[];
  readonly #ack: "auto" | "client";

  /** `position`: where all of them were when there was nothing yet. */
  constructor(who: Member, server: TestServer, options: ReplicaOptions) {
    const { destinations, position, ack } = options;
    for (const destination of destinations) this.#positions.set(destination, position);
    this.who = who;
    this.#server = server;
    this.#destinations = destinations;
    this.#ack = ack;
  }

  async connect(): Promise<void> {
    const client = await TestClient.connect(this.#server.url, { Authorization: this.who.token });
    this.#client = client;
    this.#isBroken = false;
    for (const destination of this.#destinations) {
      const resume = this.#positions.get(destination) ?? "";
      const isQueue = destination.startsWith("/queue");
      const headers = { accept: "application/json", resume, ack: isQueue ? "auto" : this.#ack };
      await new Promise<void>((resolve, reject) => {
        client.client.watchForReceipt(destination, ({ headers: said }) =>
          said["recovered"] === "true"
            ? resolve()
            : reject(new Error(`${destination} was not recovered from ${resume}`)),
        );
        client.client.subscribe(destination, (message) => this.#take(destination, message), {
          ...headers,
          receipt: destination,
        });
      });
    }
  }

  /** Like a cable that is pulled: nobody is told. */
  async drop(): Promise<void> {
    await this.#client?.client.deactivate({ force: true });
    this.#client = undefined;
  }

  #take(destination: string, message: IMessage): void {
    this.#isBroken ||= this.isBreaking && Math.random() < 0.1;
    if (this.#isBroken) return;
    const { position, event } = message.headers;
    if (position !== undefined) this.#positions.set(destination, position);
    const body = JSON.parse(message.body);
    if (destination.startsWith("/queue")) this.counts = [body.unreadAlarmCount, body.unreadMessageCnt];
    else {
      const all = body.type === "CHAT" ? this.lines : this.comments;
      if (event === "said" || event === "written") {
        const name = `${body.type} ${body.id}`;
        if (this.#news.has(name)) this.repeated.push(name);
        this.#news.add(name);
      }
      const isText = event === "said" || event === "written" || event === "edited";
      if (isText && body.type !== "POST") all.set(body.id, body.message ?? body.body);
      else if (event === "deleted") all.delete(body.id);
    }
    if (message.headers["ack"] && Math.random() < 0.3 && this.#client?.client.connected) message.ack();
  }
}

test("F3, A15: whatever several people do at once, and however often they are cut off, what they heard is what there is", async () => {
  const server = await testServer();
  const people = await Promise.all(PEOPLE.map((userId) => signUp(server, userId)));
  const [alice] = people as [Member];
  const { roomId: hall } = (await alice.post("/messages", { userIds: PEOPLE.slice(1), name: "Hall" })).json;
  const post = (await alice.post("/posts", { title: "A post", body: "of alice" })).json.id;
  const things: Things = { hall, post, comments: [], rooms: [hall], lines: [] };
  const { position } = (await alice.get(`/messages/${hall}`)).json;
  const replicas = people.map((who, i) => {
    const destinations = [`/queue/${who.userId}`, `/topic/${hall}`, `/topic/posts/${post}`];
    return new Replica(who, server, { destinations, position, ack: i % 2 === 0 ? "auto" : "client" });
  });
  await Promise.all(replicas.map((replica) => replica.connect()));

  const faults: unknown[] = [];
  let left = PEOPLE.length * ACTS_EACH;
  const act = async () => {
    while (left-- > 0) {
      const answer = await pick(ACTS)(pick(people), things);
      if (answer && answer.status >= 500) faults.push(answer);
    }
  };
  const cut = async (replica: Replica) => {
    while (left > 0) {
      await replica.drop();
      await replica.connect();
    }
  };
  await Promise.all([...Array.from({ length: AT_ONCE }, act), ...replicas.map(cut)]);
  for (const replica of replicas) {
    replica.isBreaking = false;
    await replica.drop();
    await replica.connect();
  }
  expect(faults).toEqual([]);

  const database = new Sqlite(join(server.data, "birdie.db"), { readonly: true });
  const living = (text: string, id: number) =>
    new Map(
      (database.prepare(text).all(id) as { readonly id: number; readonly body: string }[]).map((row) => [
        row.id,
        row.body,
      ]),
    );
  const lines = () => living("select id, body from messages where room_id = ? and deleted_at_ms is null", hall);
  const comments = () => living("select id, body from comments where post_id = ? and deleted_at_ms is null", post);
  for (const replica of replicas) {
    expect(replica.repeated).toEqual([]);
    await until(() => Bun.deepEquals(new Map([...replica.lines].sort(([a], [b]) => a - b)), lines()));
    await until(() => Bun.deepEquals(new Map([...replica.comments].sort(([a], [b]) => a - b)), comments()));
    await until(async () => {
      const { unreadAlarmCount, unreadMessageCnt } = (await replica.who.get("/alarms")).json;
      return Bun.deepEquals(replica.counts, [unreadAlarmCount, unreadMessageCnt]);
    });
  }
  database.close();
  for (const replica of replicas) await replica.drop();
  expect(server.log.filter((line) => / error /.test(line))).toEqual([]);
  await server.stop();
});
