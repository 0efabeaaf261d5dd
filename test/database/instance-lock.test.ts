import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { lockFolder } from "../../src/database/instance-lock.ts";
import { ROOT } from "../support/database.ts";
import { testFolder } from "../support/folder.ts";

/** Another process that takes the folder, and keeps it until it is killed, or nobody could say anything to it any more. */
async function holder(folder: string): Promise<Bun.Subprocess> {
  const module = JSON.stringify(join(ROOT, "src/database/instance-lock.ts"));
  const code = `
    const { lockFolder } = await import(${module});
    const unlock = await lockFolder(${JSON.stringify(folder)});
    process.stdout.write("locked");
    process.stdin.on("end", unlock).resume();`;
  const child = Bun.spawn([process.execPath, "-e", code], { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("locked");
  return child;
}

describe("the data folder", () => {
  test("is refused to a second process, which is told who has it and what to do", async () => {
    const folder = testFolder();
    const first = await holder(folder);
    const error: unknown = await lockFolder(folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "StartError",
      message: `Another Birdie (process ${first.pid}) uses the data folder ${folder}: stop it, or choose another folder with --data`,
    });
    first.kill("SIGKILL");
    await first.exited;
  });

  test("is free again when its holder was killed without a word", async () => {
    const folder = testFolder();
    for (let run = 0; run < 2; run++) {
      const child = await holder(folder);
      child.kill("SIGKILL");
      await child.exited;
    }
    (await lockFolder(folder))();
  });

  test("is free again when its holder gives it back", async () => {
    const folder = testFolder();
    for (let run = 0; run < 3; run++) (await lockFolder(folder))();
  });

  test("is refused to a second Birdie of the same process, too", async () => {
    const folder = testFolder();
    const unlock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`process ${process.pid}`);
    unlock();
  });

  test("of somebody else is no obstacle", async () => {
    const unlock = await lockFolder(testFolder());
    (await lockFolder(testFolder()))();
    unlock();
  });
});
