import htmx from "htmx.org";
import { type Delivery, Failure, type Headers, type Link, type Loss } from "./link.ts";
import { OwnWire } from "./own-wire.ts";
import { SharedWire } from "./shared-wire.ts";
import { hasSharing, isSharingWanted } from "./sharing.ts";
import { headersOf } from "./tries.ts";

export { Failure };

/** What a `stomp:message` event on the document tells, after the fragment is on the page. */
export interface StompMessage {
  readonly headers: Headers;
  readonly body: string;
  readonly ack: () => void;
}

/** `isAgain`: there was a connection before. */
export interface StompConnected {
  readonly isAgain: boolean;
}

/** `stale`: too much was missed, the page must be fetched again. */
export type StompDisconnected = Loss | "stale";

declare global {
  interface DocumentEventMap {
    "stomp:message": CustomEvent<StompMessage>;
    "stomp:connected": CustomEvent<StompConnected>;
    "stomp:disconnected": CustomEvent<StompDisconnected>;
    /** The destination of which too much was missed. A `stomp:disconnected` follows. */
    "stomp:stale": CustomEvent<string>;
  }
}

interface Subscription {
  readonly id: string;
  readonly destination: string;
  readonly element: Element;
  /** The last place in the destination's history that is on the page. */
  position: string | undefined;
  /** The server knows of it. */
  isOpen: boolean;
}

/** What htmx hands to its hooks (4.0, not typed by its authors). */
interface Internals {
  readonly htmxProp: (element: Element) => unknown;
}
interface SwapTask {
  readonly type: string;
  readonly fragment: DocumentFragment;
  readonly target: Element | string | null;
  readonly swapSpec: { readonly style: string };
  readonly sourceElement?: Element;
}
interface RequestDetail {
  readonly ctx: { readonly request: { readonly headers: Record<string, string> } };
}
interface SwapDetail {
  readonly tasks: SwapTask[];
}

const subscriptions = new Map<string, Subscription>();
let wire: Link | undefined;
let isAgain = false;
let shown: Promise<void> = Promise.resolve();

/**
 * `hx-stomp:connect="/stomp"` opens the page's one session; `hx-stomp:subscribe="<destination>"` listens as long as
 * the element is on the page, from `hx-stomp:resume` on, in the mode `hx-stomp:ack`.
 */
export function registerStomp(): void {
  let internals: Internals | undefined;
  // A push is no visit: the browser's own history stays as it is.
  htmx.config.history = false;
  // Nothing here moves from an old look to a new one: a swap that waited for that would hold up all that comes behind
  // it, a second each where the tab is hidden, and a line could be taken for read by a connection that is gone by then.
  htmx.config.defaultSettleDelay = 0;
  // As long as chat waits for an answer.
  htmx.config.defaultTimeout = 10_000;
  htmx.registerExtension("hx-stomp", {
    init: (api: Internals) => {
      internals = api;
    },
    htmx_after_process: (root: Element) => {
      for (const element of within(root, "hx-stomp:connect")) connect(element.getAttribute("hx-stomp:connect") ?? "");
      for (const element of within(root, "hx-stomp:subscribe")) {
        // Only elements that htmx has marked as its own are told when they go.
        internals?.htmxProp(element);
        subscribe(element);
      }
    },
    htmx_before_cleanup: (element: Element) => {
      for (const subscription of subscriptions.values()) {
        if (subscription.element === element) unsubscribe(subscription);
      }
    },
    htmx_config_request: (element: Element, { ctx }: RequestDetail) => {
      Object.assign(ctx.request.headers, headersOf(element));
    },
    htmx_before_swap: (_: Element, detail: SwapDetail) => {
      detail.tasks.splice(0, detail.tasks.length, ...detail.tasks.flatMap(upsert));
    },
  });
}

/** Resolves when the server has committed it; rejects with a Failure. */
export async function publish(destination: string, body: string, headers: Headers = {}): Promise<void> {
  if (!wire) throw new Failure("lost");
  await wire.ask("SEND", { destination, "content-type": "text/plain", ...headers }, body);
}

/** Best effort, for what nobody waits for. */
export function whisper(destination: string): void {
  wire?.tell("SEND", { destination, "on-refusal": "receipt" });
}

/** Somebody waits: try to connect now. */
export function hurry(): void {
  wire?.hurry();
}

export const isConnected = (): boolean => wire?.isConnected ?? false;
/** Pages come through, sockets do not. Also true on a page that has no live connection at all. */
export const isBlocked = (): boolean => wire?.isBlocked ?? !document.body.hasAttribute("hx-stomp:connect");

function connect(path: string): void {
  if (wire) return;
  document.body.dataset["live"] = "connecting";
  const url = new URL(path, location.href).href;
  const events = { connected, disconnected, message: receive };
  wire = hasSharing() && isSharingWanted() ? new SharedWire(url, events) : new OwnWire(url, events);
}

function connected(userName: string | undefined): void {
  const { me } = document.body.dataset;
  // Somebody else has signed in meanwhile: this page shows what is not theirs.
  if (me && userName && me !== userName) {
    location.reload();
    return;
  }
  for (const subscription of subscriptions.values()) open(subscription);
  document.body.dataset["live"] = "connected";
  tell("stomp:connected", { isAgain });
  isAgain = true;
}

function disconnected(why: StompDisconnected): void {
  if (why !== "stale") {
    for (const subscription of subscriptions.values()) subscription.isOpen = false;
    document.body.dataset["live"] = "offline";
  }
  tell("stomp:disconnected", why);
}

function stale(destination: string): void {
  tell("stomp:stale", destination);
  disconnected("stale");
}

function subscribe(element: Element): void {
  const destination = element.getAttribute("hx-stomp:subscribe");
  if (!destination) return;
  let id = destination;
  for (let n = 2; subscriptions.has(id); n++) {
    if (subscriptions.get(id)?.element === element) return;
    id = `${destination}#${n}`;
  }
  const position = element.getAttribute("hx-stomp:resume") ?? undefined;
  const subscription = { id, destination, element, position, isOpen: false };
  subscriptions.set(id, subscription);
  if (wire?.isConnected) open(subscription);
}

function open(subscription: Subscription): void {
  const { id, destination, element, position } = subscription;
  subscription.isOpen = true;
  const headers: Record<string, string> = {
    id,
    destination,
    accept: "text/html",
    "accept-language": document.documentElement.lang || "en",
    ack: element.getAttribute("hx-stomp:ack") ?? "auto",
  };
  if (position) headers["resume"] = position;
  wire?.ask("SUBSCRIBE", headers).then(
    (receipt) => receipt.headers["recovered"] === "false" && stale(destination),
    (failure: unknown) => {
      // Refused: the server does not know the id, so that it must not be unsubscribed.
      if (failure instanceof Failure && failure.why === "refused") subscription.isOpen = false;
    },
  );
}

function unsubscribe(subscription: Subscription): void {
  subscriptions.delete(subscription.id);
  if (subscription.isOpen) wire?.tell("UNSUBSCRIBE", { id: subscription.id });
}

function receive(message: Delivery): void {
  const { headers } = message;
  const subscription = subscriptions.get(headers["subscription"] ?? "");
  if (!subscription) return;
  if (headers["event"] === "resync") {
    stale(subscription.destination);
    return;
  }
  if (headers["position"]) subscription.position = headers["position"];
  // One after the other, also where a swap takes a while: what is seen is in the order of what was said.
  shown = shown
    .then(() => show(subscription.element, message))
    .catch((error: unknown) => reportError(error))
    .then(() => tell("stomp:message", { headers, body: message.body, ack: message.ack }));
}

async function show(element: Element, { headers, body }: Delivery): Promise<void> {
  if (!element.isConnected || !headers["content-type"]?.startsWith("text/html")) return;
  await htmx.swap({ sourceElement: element, target: element, swap: "none", text: body });
}

/**
 * What is added to a list and stands there already replaces it: a replayed fragment, or the message that was shown
 * before it was sent. At the top of a list it moves up instead, unless somebody is just pointing at it. A list of rooms puts
 * itself in order when nobody points at it any more: until then what is new waits at its end, and nothing there moves.
 */
function upsert(task: SwapTask): SwapTask[] {
  const { fragment, target, swapSpec } = task;
  if (!(target instanceof Element) || !/^(?:beforeend|afterbegin)$/.test(swapSpec.style)) return [task];
  const isStill = target.matches("#rooms:is(:hover,:focus-within)");
  const tasks: SwapTask[] = [];
  for (const child of [...fragment.children]) {
    const clientId = child.getAttribute("data-client-id");
    const existing: Element | "" | null | undefined =
      (child.id && document.getElementById(child.id)) ||
      (clientId && target.querySelector(`[data-client-id="${CSS.escape(clientId)}"]`));
    if (!existing) continue;
    const isMove = swapSpec.style === "afterbegin" && !isStill && existing !== target.firstElementChild;
    if (isMove && existing.parentElement === target && !existing.matches(":hover,:focus-within")) {
      tasks.push({ ...task, target: existing, fragment: new DocumentFragment(), swapSpec: { style: "delete" } });
    } else {
      const own = new DocumentFragment();
      own.append(child);
      tasks.push({ ...task, target: existing, fragment: own, swapSpec: { ...swapSpec, style: "outerHTML" } });
    }
  }
  const style = isStill ? "beforeend" : swapSpec.style;
  if (fragment.childElementCount > 0) tasks.push({ ...task, swapSpec: { ...swapSpec, style } });
  return tasks;
}

function within(root: Element, attribute: string): Element[] {
  const selector = `[${CSS.escape(attribute)}]`;
  return [...(root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)];
}

function tell(name: string, detail: unknown): void {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}
