import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "./database/errors.ts";
import { makeVapidKey } from "./push/vapid.ts";

const SECRET_BYTES = 32;

/** Makes the data folder (0700) and, once, the secret that signs tokens (0600). Returns the secret. */
export function prepareData(data: string): Uint8Array {
  const keys = join(data, "keys");
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  chmodSync(data, 0o700);
  const file = join(keys, "tokens.key");
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

/** The key by which push services know this server, made once (0600). Without it, every device would have to turn pushes on again. */
export async function readVapidKey(data: string): Promise<string> {
  const file = join(data, "keys", "vapid.json");
  if (!existsSync(file)) writeFileSync(file, await makeVapidKey(), { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8");
}
