import { beforeEach, describe, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import type { TestServer } from "../support/server.ts";
import { expectAlike } from "../support/shown.ts";
import type { Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

const ROUNDS = 6;
const ACTS_PER_ROUND = 5;
const WANTED = [
  "#room-name",
  "#member-count",
  "#presence .here",
  "#members > li",
  "#messages > article",
  "#rooms > li",
  ".room-foot > :not(form):not(#typing)",
  "#message-badge",
];
/** Another one finds other ways: `SEED=7 bun test ...`. */
const SEED = Number(process.env["SEED"] ?? 2);

interface Act {
  readonly by: number;
  readonly to: number;
  readonly isGroup: boolean;
  readonly kind:
    | "say"
    | "answer"
    | "edit"
    | "delete"
    | "like"
    | "unlike"
    | "rename"
    | "mute"
    | "unmute"
    | "remove"
    | "invite";
  readonly number: number;
}

const act = fc.record<Act>({
  by: fc.nat(2),
  to: fc.nat(2),
  isGroup: fc.boolean(),
  kind: fc.constantFrom(
    "say",
    "say",
    "say",
    "answer",
    "edit",
    "delete",
    "like",
    "unlike",
    "rename",
    "mute",
    "unmute",
    "remove",
    "invite",
  ),
  number: fc.nat(99),
});

/** PRODUCT B, E, F3: a page that has heard of everything shows what the same page shows when it is loaded. */
describe.skipIf(!chromiumPath)("after any acts of three people", () => {
  const journey = new Journey();
  let server: TestServer;
  let people: readonly Visitor[];

  beforeEach(async () => {
    server = await journey.server();
    people = await Promise.all(["ann", "ben", "cat"].map((userId) => journey.visitor(userId)));
  });

  const person = (index: number): Visitor => {
    const found = people[index];
    if (!found) throw new Error(`nobody has the number ${index}`);
    return found;
  };

  test(`B10, B12, E4, F3: an open room and its list are what they are when loaded anew (seed ${SEED})`, async () => {
    const { json: group } = await person(0).member.post("/messages", { userIds: ["ben", "cat"], name: "Birds" });
    const { json: pair } = await person(0).member.post("/messages", { userId: "ben" });
    const path = `/messages/${group.roomId}`;
    const said = new Map<number, number[]>();
    const open = await Promise.all(people.map((one) => one.open(path)));

    const perform = async ({ by, to, isGroup, kind, number }: Act) => {
      const { post } = person(by).member;
      const roomId = Number(isGroup ? group.roomId : pair.roomId);
      const ids = said.get(roomId) ?? [];
      const id = ids[number % Math.max(1, ids.length)] ?? 0;
      const other = person(to).member.userId;
      switch (kind) {
        case "say":
        case "answer": {
          const { json } = await post(`/messages/${roomId}`, {
            message: `${kind} ${number}`,
            ...(kind === "answer" && { replyTo: id }),
          });
          if (json.id) said.set(roomId, [...ids, Number(json.id)]);
          return;
        }
        case "edit":
          return post(`/messages/${roomId}/${id}/edit`, { message: `edited ${number}` });
        case "delete":
        case "like":
        case "unlike":
          return post(`/messages/${roomId}/${id}/${kind}`);
        case "rename":
          return post(`/messages/${roomId}/name`, { name: number % 3 === 0 ? "" : `Birds ${number}` });
        case "mute":
        case "unmute":
          return post(`/messages/${roomId}/${kind}`);
        case "remove":
          return post(`/messages/${roomId}/remove`, { userId: other });
        case "invite":
          return post(`/messages/${roomId}/members`, { userId: other });
        default:
          return kind satisfies never;
      }
    };

    for (const [round, acts] of fc
      .sample(fc.array(act, { minLength: 1, maxLength: ACTS_PER_ROUND }), { numRuns: ROUNDS, seed: SEED })
      .entries()) {
      for (const one of acts) await perform(one);
      await compare(round % 3, { round, acts });
    }
    for (const i of people.keys()) await compare(i, {});

    async function compare(index: number, what: object) {
      const [who, page] = [person(index), open[index]];
      // Who was sent away has no such page to load.
      if (!page || !(await isIn(who, path))) return;
      const loaded = await who.open(path);
      // But for the line above what is new, which stays where it is.
      await expectAlike(page, loaded, WANTED, what);
      await loaded.close();
    }
  });

  const isIn = async (who: Visitor, path: string) => {
    const answer = await who.context.request.get(server.url + path);
    return answer.ok();
  };
});
