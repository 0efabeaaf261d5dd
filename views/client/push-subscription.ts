import { forData } from "./page.ts";

/** The subscription of this browser, where it has one. */
export async function subscriptionHere(): Promise<PushSubscription | undefined> {
  const registration = await navigator.serviceWorker?.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? undefined;
}

/** A JSON post. @throws Error with the server's words */
export async function ask(path: string, body: object): Promise<unknown> {
  const headers = { ...forData, "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const said: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const detail: unknown = typeof said === "object" && said !== null ? Reflect.get(said, "detail") : undefined;
  throw new Error(typeof detail === "string" ? detail : `${answer.status}`);
}
