import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { everything } from "../support/hostile.ts";
import { type Member, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

/** A request whose body comes in two halves: who sends it is let in by the first, and acts with the second. */
async function hold(server: TestServer, { token }: Member, path: string, body: object) {
  const text = JSON.stringify(body);
  const half = Math.floor(text.length / 2);
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: ${new URL(server.url).host}`,
    `origin: ${server.url}`,
    "accept: application/json",
    "content-type: application/json",
    `authorization: Bearer ${token}`,
    `content-length: ${text.length}`,
    "connection: close",
  ];
  let answer = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: server.port,
    socket: {
      data: (_, data) => {
        answer += data.toString();
      },
    },
  });
  socket.write(`${head.join("\r\n")}\r\n\r\n${text.slice(0, half)}`);
  return async () => {
    socket.write(text.slice(half));
    await until(() => answer.includes("\r\n\r\n"));
    socket.end();
    return `${path.replace(/\d+/g, "N")} ${answer.split(" ", 2)[1]}`;
  };
}

describe("a request whose body is still on its way when the sign-in ends", () => {
  let server: TestServer;
  let admin: Member;
  let bob: Member;

  beforeEach(async () => {
    server = await testServer();
    admin = await signUpAdmin(server, "admin");
    [bob] = await Promise.all([signUp(server, "bob"), signUp(server, "carol")]);
  });
  afterEach(() => server.stop());

  const ends = [
    ["a ban", "403", () => admin.post("/admin/members/bob/ban", { days: 7, reason: "spam" })],
    ["leaving for good", "401", () => bob.post("/settings/close", { password: bob.password, erase: true })],
    ["logging out", "401", () => bob.post("/logout")],
  ] as const;
  for (const [what, status, end] of ends) {
    test(`does nothing any more: ${what}`, async () => {
      const postId = (await bob.post("/posts", { title: "Mine", body: "before" })).json.id;
      const comment = (await bob.post(`/posts/${postId}/comments`, { body: "before" })).json.id;
      const { roomId } = (await bob.post("/messages", { userIds: ["carol", "admin"], name: "Ours" })).json;
      const said = (await bob.post(`/messages/${roomId}`, { message: "before" })).json.id;
      const acts: readonly (readonly [string, object])[] = [
        ["/posts", { title: "After", body: "after @carol" }],
        [`/posts/${postId}/edit`, { title: "After", body: "after" }],
        [`/posts/${postId}/comments`, { body: "after @carol" }],
        [`/comments/${comment}/edit`, { body: "after" }],
        ["/messages", { userIds: ["carol", "admin"], name: "After" }],
        [`/messages/${roomId}`, { message: "after" }],
        [`/messages/${roomId}/name`, { name: "After" }],
        [`/messages/${roomId}/${said}/edit`, { message: "after" }],
        ["/settings/name", { name: "After" }],
        ["/settings/privacy", { openTo: "known" }],
        ["/since/feed", { is: "on" }],
      ];
      const held = await Promise.all(acts.map(([path, body]) => hold(server, bob, path, body)));
      // They have been let in by the time that these were answered.
      for (let i = 0; i < 10; i++) await bob.get("/settings");
      expect((await end()).status).toBeLessThan(400);
      await until(async () => (await bob.get("/settings")).status >= 400);
      const answers = await Promise.all(held.map((release) => release()));
      expect(answers).toEqual(acts.map(([path]) => `${path.replace(/\d+/g, "N")} ${status}`));
      expect(everything(server)).not.toMatch(/after|"open_to":"known"|"feed_key":"/i);
    });
  }
});
