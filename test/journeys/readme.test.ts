import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { ROOT } from "../support/database.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { TestClient } from "../support/stomp-client.ts";

/** The clients that README.md shows are taken from it and run as they stand, but for the address. */
describe("README's clients", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  const running: Bun.Subprocess[] = [];

  beforeAll(async () => {
    server = await testServer();
    [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
    expect((await bob.post("/messages", { userId: "alice" })).json.roomId).toBe(1);
  });
  afterAll(async () => {
    for (const one of running) one.kill();
    await Promise.all(running.map((one) => one.exited));
    await server[Symbol.asyncDispose]();
  });

  function programIn(language: string): string {
    const [, program] =
      new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(readFileSync(join(ROOT, "README.md"), "utf8")) ?? [];
    if (program === undefined) throw new Error(`README.md shows nothing in ${language}`);
    return program;
  }

  /** Runs a program; resolves with its output once that holds all the texts. */
  async function runUntil(command: readonly string[], ...texts: readonly string[]): Promise<string> {
    const child = Bun.spawn([...command], { cwd: ROOT, stdout: "pipe", stderr: "inherit" });
    running.push(child);
    let output = "";
    for await (const chunk of child.stdout) {
      output += new TextDecoder().decode(chunk);
      if (texts.every((text) => output.includes(text))) return output;
    }
    throw new Error(`it ended without a word of ${texts.join(" and ")}: ${output}`);
  }

  test("in JavaScript it renews its token, says hello, and prints that and the alarms it hears", async () => {
    await using bobs = await TestClient.connect(server.url, { Authorization: bob.token });
    const room = await bobs.subscribe("/topic/1");
    const program = programIn("js").replaceAll("127.0.0.1:3000", `127.0.0.1:${server.port}`);
    const { refreshToken } = (await alice.post("/token", { userId: "alice", password: alice.password })).json;
    const tokens = `let accessToken = "one that is over", refreshToken = "${refreshToken}";`;
    const command = [process.execPath, "-e", `${tokens}\n${program}`];
    const printed = runUntil(command, 'message: "Hello!"', "unreadAlarmCount: 1");
    await room.next((body) => body.message === "Hello!" && body.sender === "alice");
    const post = (await alice.post("/posts", { title: "t", body: "b" })).json;
    await bob.post(`/posts/${post.id}/like`);
    await printed;
  });

  test.skipIf(Bun.which("curl") === null)(
    "its curl gets tokens, opens a room, says hello and reads the alarms",
    async () => {
      const [, block = ""] =
        /```sh\n(curl[^`]*\/token[^`]*)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8")) ?? [];
      const commands = block.split("\n").filter((line) => line.startsWith("curl "));
      const answers: Record<string, unknown>[] = [];
      for (const command of commands) {
        const told = command
          .replace("127.0.0.1:3000", `127.0.0.1:${server.port}`)
          .replace('"..."', `"${alice.password}"`);
        const env = { ...process.env, TOKEN: String(answers[0]?.["accessToken"]) };
        const child = Bun.spawn(["sh", "-c", told.replace("curl ", "curl --silent --show-error --fail-with-body ")], {
          env,
        });
        answers.push(await new Response(child.stdout).json());
        expect([command, await child.exited]).toEqual([command, 0]);
      }
      expect(answers).toMatchObject([
        { accessToken: expect.any(String), refreshToken: expect.any(String), expiresInS: 900 },
        { roomId: 1 },
        { roomId: 1, message: "Hello!" },
        { alarms: expect.any(Array), unreadAlarmCount: expect.any(Number) },
      ]);
    },
  );

  test.skipIf(Bun.which("python3") === null)(
    "in Python it says hello, answers pings, and prints what is said",
    async () => {
      await using bobs = await TestClient.connect(server.url, { Authorization: bob.token });
      using wire = pingingWire(server.port);
      const room = await bobs.subscribe("/topic/1");
      const program = programIn("python").replace('"127.0.0.1", 3000', `"127.0.0.1", ${wire.port}`);
      const printed = runUntil(["python3", "-c", `access_token = "${alice.token}"\n${program}`], "and hello back");
      await room.next((body) => body.message === "Hello from Python!" && body.sender === "alice");
      await wire.answered;
      await bobs.send("/chat/1", "and hello back");
      const output = await printed;
      expect(output).toContain("CONNECTED");
      expect(output).not.toContain(PING);
    },
  );
});

const PING = "still there?";

/** A wire to the server on which a ping comes as the first frame, long before the server sends one of its own. */
function pingingWire(port: number): Disposable & { readonly port: number; readonly answered: Promise<void> } {
  const answered = Promise.withResolvers<void>();
  const ping = Buffer.from([0x89, PING.length, ...Buffer.from(PING)]);
  const pong = Buffer.from([0x8a, 0x80 | PING.length, 0, 0, 0, 0, ...Buffer.from(PING)]);
  const listener = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    let said = Buffer.alloc(0);
    let heard = Buffer.alloc(0);
    let hasPinged = false;
    near.on("data", (data: Buffer) => {
      said = Buffer.concat([said, data]);
      if (said.includes(pong)) answered.resolve();
      far.write(data);
    });
    far.on("data", (data: Buffer) => {
      if (hasPinged) return void near.write(data);
      heard = Buffer.concat([heard, data]);
      const end = heard.indexOf("\r\n\r\n") + 4;
      if (end < 4) return;
      hasPinged = true;
      near.write(Buffer.concat([heard.subarray(0, end), ping, heard.subarray(end)]));
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("close", () => other.destroy());
      one.on("error", () => other.destroy());
    }
  });
  listener.listen(0, "127.0.0.1");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, answered: answered.promise, [Symbol.dispose]: () => void listener.close() };
}
