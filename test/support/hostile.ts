import { join } from "node:path";
import Sqlite from "libsql";
import { pngOf, upload } from "./pictures.ts";
import { type Member, signUp, signUpAdmin, type TestServer } from "./server.ts";

/** A community of five with one thing of each kind: what a stranger may not touch. */
export interface Community {
  /** Wrote the post, the comment and the message; owns the room; has the alarm and the feed. */
  readonly owner: Member;
  readonly member: Member;
  readonly stranger: Member;
  /** Runs the community, and is in none of its rooms. */
  readonly admin: Member;
  readonly things: Things;
}

export interface Things {
  readonly postId: number;
  readonly commentId: number;
  readonly roomId: number;
  readonly messageId: number;
  readonly alarmId: number;
  readonly signInId: string;
  readonly feedKey: string;
  /** Brought in for the room, and not said yet. */
  readonly pictureId: string;
  /** Of the post, by the member. */
  readonly reportId: number;
  readonly invitationId: number;
}

export async function community(server: TestServer): Promise<Omit<Community, "things">> {
  const admin = await signUpAdmin(server, "admin");
  // Whom admins do things to.
  await signUp(server, "outcast", "Outcast");
  const [owner, member, stranger] = await Promise.all([
    signUp(server, "owner", "Owner"),
    signUp(server, "member", "Member"),
    signUp(server, "stranger", "Stranger"),
  ]);
  return { owner, member, stranger, admin };
}

/** Fresh things of the owner's, in a group of owner and member. */
export async function things(
  server: Pick<TestServer, "url">,
  { owner, member, stranger, admin }: Omit<Community, "things">,
): Promise<Things> {
  // Whatever an act before this one has done between them.
  for (const one of [member, stranger]) {
    // Taking back what is not there would be told to all of their rooms as well.
    const { people } = (await one.get("/settings/blocks")).json;
    if (people.length > 0) await one.post("/members/owner/unblock");
  }
  await owner.post("/alarms/on", { kind: "LIKES" });
  const { id: postId } = (await owner.post("/posts", { title: "Mine", body: "The owner's post" })).json;
  const { id: commentId } = (await owner.post(`/posts/${postId}/comments`, { body: "The owner's comment" })).json;
  const { roomId } = (await owner.post("/messages", { userIds: [member.userId], name: "Ours" })).json;
  const { id: messageId } = (await owner.post(`/messages/${roomId}`, { message: "The owner's line" })).json;
  await member.post(`/posts/${postId}/like`);
  const [alarm] = (await owner.get("/alarms")).json.alarms;
  const { signIns } = (await owner.get("/settings")).json;
  await owner.post("/since/feed", { is: "on" });
  const feedUrl = String((await owner.get("/since")).json.feedUrl);
  const signInId = signIns.find((one: { isThisOne: boolean }) => !one.isThisOne)?.id ?? signIns[0].id;
  const feedKey = feedUrl.slice(-37, -5);
  const { json: picture } = await upload(server, owner, roomId, pngOf(8, 8));
  const reportId = await reportOf(member, admin, postId);
  const { id: invitationId } = (await admin.post("/admin/invitations", {})).json;
  const first = { postId, commentId, roomId, messageId, alarmId: alarm.id, signInId, feedKey };
  return { ...first, reportId, invitationId, pictureId: picture.id };
}

/** The member reports the post; the admins have closed all that was reported before. */
async function reportOf(member: Member, admin: Member, postId: number): Promise<number> {
  for (const { id } of (await admin.get("/admin/reports")).json.reports)
    await admin.post(`/admin/reports/${id}/dismiss`);
  await member.post(`/posts/${postId}/report`, { reason: "Spam" });
  return (await admin.get("/admin/reports")).json.reports[0].id;
}

/** The pattern of a route with our things in it. */
export function addressOf(pattern: string, things: Things): string {
  const id = pattern.startsWith("/comments/")
    ? things.commentId
    : pattern.startsWith("/alarms/")
      ? things.alarmId
      : pattern.startsWith("/settings/sign-ins/")
        ? things.signInId
        : pattern.startsWith("/admin/reports/")
          ? things.reportId
          : pattern.startsWith("/admin/invitations/")
            ? things.invitationId
            : things.postId;
  return pattern
    .replace(/:file\{.*\}$/, `${things.feedKey}.atom`)
    .replace(":roomId", `${things.roomId}`)
    .replace(":messageId", `${things.messageId}`)
    .replace(":userId", pattern.startsWith("/admin/") ? "outcast" : "owner")
    .replace(":name", pattern.startsWith("/pictures/") ? `${things.pictureId}.webp` : "app.js")
    .replace(":id", `${id}`);
}

/** Every row of every table, as text: the counter of positions and the search index, which follow by themselves, are left out. */
export function everything(server: TestServer): string {
  // The very library that the server uses: a second copy of SQLite in one process breaks the locks of the first.
  const database = new Sqlite(join(server.data, "birdie.db"));
  try {
    const all = (text: string): unknown[] => database.prepare(text).all();
    const tables = all("select name from sqlite_master where type = 'table' order by name")
      .map((row) => String((row as { readonly name: unknown }).name))
      .filter((name) => !/^(?:sqlite_|search_|meta$)/.test(name));
    return tables.map((name) => `${name} ${JSON.stringify(all(`select * from "${name}"`))}`).join("\n");
  } finally {
    database.close();
  }
}

/** The routes that the server really has, once each. */
export function routesOf(server: TestServer): readonly string[] {
  const named = server.app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  return [...new Set(named)].sort();
}
