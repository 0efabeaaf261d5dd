import { Hono } from "hono";
import { DeliveryPage, DevicePage } from "../../views/devices.tsx";
import { paths } from "../../views/paths.ts";
import { BirdieError } from "../domain/errors.ts";
import { type Input, readId } from "../domain/input.ts";
import type { Pushes } from "../service/pushes.ts";
import type { SelfTest } from "../service/self-test.ts";
import { answerJson, answerPage, page, readInput, requirePrincipal, seeOther, wantsJson } from "./answer.ts";
import { deviceJson } from "./json.ts";
import type { WebEnv } from "./principal.ts";

export interface PushRoutesOptions {
  readonly pushes: Pick<Pushes, "subscribe" | "unsubscribe" | "devices" | "test" | "manner">;
  readonly selfTest: Pick<SelfTest, "begin" | "end">;
  /** What browsers subscribe for (VAPID), base64url. */
  readonly publicKey: string;
}

/** Notices of this device, and the test of the way they take. */
export function pushRoutes({ pushes, selfTest, publicKey }: PushRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  routes.get("/settings/device", async (c) => {
    const me = requirePrincipal(c);
    const devices = await pushes.devices(me);
    if (wantsJson(c)) return answerJson(c, { publicKey, devices: devices.map(deviceJson) });
    const tested = c.req.query("tested") === "fine";
    return answerPage(c, <DevicePage page={await page(c)} devices={devices} publicKey={publicKey} tested={tested} />);
  });

  routes.post("/push/subscribe", async (c) => {
    const me = requirePrincipal(c);
    const input = await readInput(c);
    return answerJson(c, await pushes.subscribe(me, input, c.var.viewer.device.userAgent), 201);
  });

  routes.post("/push/unsubscribe", async (c) => {
    const me = requirePrincipal(c);
    await pushes.unsubscribe(me, await readInput(c));
    return wantsJson(c) ? answerJson(c, {}) : seeOther(c, paths.settingsDevice);
  });

  routes.post("/push/test", async (c) => {
    const me = requirePrincipal(c);
    const input = await readInput(c);
    const id = readId(input["id"]) ?? idOf(await pushes.devices(me), input);
    const { selfTest: token } = input;
    const failure = await pushes.test(me, id, typeof token === "string" ? token.slice(0, 64) : undefined);
    if (wantsJson(c)) return answerJson(c, { failure: failure ?? null });
    return seeOther(c, `${paths.settingsDevice}${failure === undefined ? "?tested=fine" : "#push-devices"}`);
  });

  // Asked by the one tab that is about to ring, so that a setting holds from the moment it is saved.
  routes.get("/push/manner", async (c) => answerJson(c, await pushes.manner(requirePrincipal(c))));

  routes.get("/settings/delivery", async (c) => {
    requirePrincipal(c);
    return answerPage(c, <DeliveryPage page={await page(c)} />);
  });

  routes.post("/push/self-test", async (c) => answerJson(c, await selfTest.begin(requirePrincipal(c))));

  routes.post("/push/self-test/end", async (c) => {
    await selfTest.end(requirePrincipal(c));
    return answerJson(c, {});
  });

  return routes;
}

function idOf(devices: readonly { readonly id: number; readonly endpoint: string }[], { endpoint }: Input) {
  const device = devices.find((one) => one.endpoint === endpoint);
  if (!device) throw new BirdieError("not_found");
  return device.id;
}
