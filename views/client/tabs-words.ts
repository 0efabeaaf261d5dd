import type { Failure, Headers, Loss } from "./link.ts";

/** What a tab wants done over the connection. `epoch`: by the connection that the tab knows of. */
interface Wish {
  readonly epoch: number;
  readonly command: string;
  readonly headers: Headers;
  readonly body: string;
}

/** From a tab to the worker that holds the connection. */
export type ToWorker =
  | {
      readonly type: "join";
      readonly tab: string;
      readonly me: string;
      readonly url: string;
      readonly isHere: boolean;
    }
  | { readonly type: "leave" }
  | ({ readonly type: "ask"; readonly serial: number } & Wish)
  | ({ readonly type: "tell" } & Wish)
  | { readonly type: "ack"; readonly id: string; readonly stream: string; readonly epoch: number }
  | { readonly type: "hurry" };

/** From the worker to a tab. `epoch` counts connections: what one delivered is not acknowledged in the next. */
export type ToTab =
  /** The worker lives as long as it holds this lock. */
  | { readonly type: "hello"; readonly lock: string }
  /** There is no room for this tab: it takes a connection of its own. */
  | { readonly type: "full" }
  | { readonly type: "connected"; readonly userName: string | undefined; readonly epoch: number }
  | { readonly type: "disconnected"; readonly why: Loss; readonly isBlocked: boolean }
  | {
      readonly type: "message";
      readonly headers: Headers;
      readonly body: string;
      /** The subscription on the wire by which it came. */
      readonly stream: string;
      readonly epoch: number;
    }
  | { readonly type: "answered"; readonly serial: number; readonly headers: Headers }
  | {
      readonly type: "failed";
      readonly serial: number;
      readonly why: Failure["why"];
      readonly status: number;
      readonly message: string;
    };

/** The name of the lock that a tab holds for as long as it lives. */
export const lockOf = (tab: string) => `birdie:tab:${tab}`;
