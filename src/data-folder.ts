import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UNFINISHED_RESTORE } from "./backup/manifest.ts";
import { StartError } from "./database/errors.ts";
import { makeVapidKey } from "./push/vapid.ts";

const SECRET_BYTES = 32;

/**
 * Makes the data folder (0700) and, once, the secret that signs tokens (0600). Returns the secret.
 * @throws StartError where the folder is somebody else's, or a restore into it has not ended
 */
export function prepareData(data: string): Uint8Array {
  const keys = join(data, "keys");
  const file = join(keys, "tokens.key");
  if (existsSync(data)) refuseForeign(data, existsSync(file));
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  chmodSync(data, 0o700);
  if (!existsSync(file)) {
    writeFileSync(file, Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString("hex"), {
      mode: 0o600,
      flag: "wx",
    });
  }
  const secret = Buffer.from(readFileSync(file, "utf8").trim(), "hex");
  if (secret.length !== SECRET_BYTES)
    throw new StartError(`${file} is damaged: delete it, and everybody signs in again`);
  return secret;
}

/** Files of others would be closed to them: one slip, `--data /srv`, and the machine would stand still. */
function refuseForeign(data: string, hasKey: boolean): void {
  const names = readdirSync(data);
  if (names.includes(UNFINISHED_RESTORE)) {
    throw new StartError(
      `A restore into ${data} did not end: remove what is in that folder, and restore the backup once more`,
    );
  }
  if (hasKey || names.includes("birdie.db")) return;
  if (names.every((name) => name.startsWith(".") || OWN.has(name))) return;
  throw new StartError(`The folder ${data} has other things in it: name a new or an empty one with --data`);
}
/** What may be there before the first start. */
const OWN = new Set(["keys", "uploads", "backups", "birdie.lock", "lost+found"]);

/**
 * The key by which push services know this server, made once (0600). Without it, every device would have to turn pushes
 * on again.
 */
export async function readVapidKey(data: string): Promise<string> {
  const file = join(data, "keys", "vapid.json");
  if (!existsSync(file)) writeFileSync(file, await makeVapidKey(), { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8");
}
