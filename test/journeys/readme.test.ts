import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
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

  /** Runs a program; resolves once its output holds the text. */
  async function runUntil(command: readonly string[], text: string): Promise<void> {
    const child = Bun.spawn([...command], { cwd: ROOT, stdout: "pipe", stderr: "inherit" });
    running.push(child);
    let output = "";
    for await (const chunk of child.stdout) {
      output += new TextDecoder().decode(chunk);
      if (output.includes(text)) return;
    }
    throw new Error(`it ended without a word of ${text}: ${output}`);
  }

  test("in JavaScript it says hello, and prints the alarms it hears", async () => {
    await using bobs = await TestClient.connect(server.url, { Authorization: bob.token });
    const room = await bobs.subscribe("/topic/1");
    const program = programIn("js").replace("127.0.0.1:3000", `127.0.0.1:${server.port}`);
    const printed = runUntil(
      [process.execPath, "-e", `const accessToken = "${alice.token}";\n${program}`],
      "unreadAlarmCount: 1",
    );
    await room.next((body) => body.message === "Hello!" && body.sender === "alice");
    const post = (await alice.post("/posts", { title: "t", body: "b" })).json;
    await bob.post(`/posts/${post.id}/like`);
    await printed;
  });

  test.skipIf(Bun.which("python3") === null)("in Python it says hello, and prints what is said", async () => {
    await using bobs = await TestClient.connect(server.url, { Authorization: bob.token });
    const room = await bobs.subscribe("/topic/1");
    const program = programIn("python").replace('"127.0.0.1", 3000', `"127.0.0.1", ${server.port}`);
    const printed = runUntil(["python3", "-c", `access_token = "${alice.token}"\n${program}`], "and hello back");
    await room.next((body) => body.message === "Hello from Python!" && body.sender === "alice");
    await bobs.send("/chat/1", "and hello back");
    await printed;
  });
});
