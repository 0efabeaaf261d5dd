import type { App } from "./app.ts";
import { type DemoStep, PEOPLE, STORY } from "./demo/story.ts";
import type { Principal } from "./domain/account.ts";

/** The two whose sign-ins are printed: one reads Korean, one English, so that both can be tried side by side. */
const SHOWN = ["alice", "bob"];

/** A sign-in that is printed for the newcomer. */
export interface DemoSignIn {
  readonly userId: string;
  readonly password: string;
}

/**
 * Fills an empty database with a small lively community, by the same acts that people do. `clock` is set back to when
 * each thing happened, and to now at the end. Does nothing where there is an account already.
 */
export async function fillDemo(
  { acts, setupKey }: Pick<App, "acts" | "setupKey">,
  clock: { behindMs: number },
): Promise<readonly DemoSignIn[]> {
  if (!(await acts.accounts.isEmpty())) return [];
  const passwords = new Map(PEOPLE.map(({ userId }) => [userId, `${userId}-${randomWord()}`] as const));
  clock.behindMs = (STORY[0]?.minAgo ?? 0) * MINUTE_MS + MINUTE_MS;
  const people = new Map<string, Principal>();
  // The first of them runs the community; last to come, because that way in is open even where all others are closed.
  for (const { userId, name, language } of [...PEOPLE.slice(1), ...PEOPLE.slice(0, 1)]) {
    const password = passwords.get(userId) ?? "";
    const device = { userAgent: "birdie --demo", address: `demo-${userId}` };
    const setup = userId === PEOPLE[0]?.userId ? setupKey : undefined;
    const { principal } = await acts.accounts.signUp({ userId, name, password, setup }, device);
    await acts.accounts.setLanguage(principal, language);
    people.set(userId, principal);
  }
  const stage = { acts, people, things: new Map<string, Thing>() };
  for (const step of STORY) {
    clock.behindMs = step.minAgo * MINUTE_MS;
    await perform(stage, step);
  }
  clock.behindMs = 0;
  for (const principal of people.values()) await acts.accounts.logOut(principal);
  return SHOWN.map((userId) => ({ userId, password: passwords.get(userId) ?? "" }));
}

interface Thing {
  readonly kind: "post" | "comment";
  readonly id: number;
}

interface Stage {
  readonly acts: App["acts"];
  readonly people: ReadonlyMap<string, Principal>;
  /** What was written so far, by its name in the story. */
  readonly things: Map<string, Thing>;
}

const MINUTE_MS = 60_000;

async function perform({ acts, people, things }: Stage, step: DemoStep): Promise<void> {
  switch (step.act) {
    case "post": {
      const post = await acts.posts.write(find(people, step.by), { title: step.title, body: step.body });
      things.set(step.as, { kind: "post", id: post.id });
      return;
    }
    case "comment": {
      const parentId = step.under === undefined ? undefined : find(things, step.under).id;
      const me = find(people, step.by);
      const { comment } = await acts.posts.comment(me, find(things, step.on).id, { body: step.body, parentId });
      if (step.as !== undefined) things.set(step.as, { kind: "comment", id: comment.id });
      return;
    }
    case "like": {
      const { kind, id } = find(things, step.on);
      for (const userId of step.by) {
        const me = find(people, userId);
        await (kind === "post" ? acts.posts.like(me, id) : acts.posts.likeComment(me, id));
      }
      return;
    }
    case "say": {
      const me = find(people, step.by);
      const { roomId } = await acts.rooms.open(me, step.to);
      await acts.rooms.say(me, roomId, { body: step.body, clientId: undefined });
      return;
    }
    case "read": {
      const me = find(people, step.by);
      const { roomId } = await acts.rooms.open(me, step.to);
      await acts.rooms.readUpTo(me, roomId, Number.MAX_SAFE_INTEGER);
      return;
    }
    default:
      step satisfies never;
  }
}

function find<V>(map: ReadonlyMap<string, V>, name: string): V {
  const value = map.get(name);
  if (value === undefined) throw new Error(`the demo's story names "${name}" before it is there`);
  return value;
}

/** Eight letters that are easy to type: the sign-ins are printed once, and each demo has its own. */
function randomWord(): string {
  const letters = "abcdefghkmnpqrstuvwxyz";
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => letters[byte % letters.length]).join("");
}
