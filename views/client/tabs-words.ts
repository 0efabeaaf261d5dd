import type { Failure, Headers, Loss } from "./wire.ts";

/** From a tab to the worker that holds the connection. */
export type ToWorker =
  | { readonly type: "join"; readonly tab: string; readonly url: string }
  | {
      readonly type: "ask";
      readonly serial: number;
      readonly command: string;
      readonly headers: Headers;
      readonly body: string;
    }
  | { readonly type: "tell"; readonly command: string; readonly headers: Headers; readonly body: string }
  | { readonly type: "ack"; readonly id: string; readonly epoch: number }
  | { readonly type: "hurry" };

/** From the worker to a tab. `epoch` counts connections: what one delivered is not acknowledged in the next. */
export type ToTab =
  | { readonly type: "connected"; readonly userName: string | undefined; readonly epoch: number }
  | { readonly type: "disconnected"; readonly why: Loss; readonly isBlocked: boolean }
  | { readonly type: "message"; readonly headers: Headers; readonly body: string; readonly epoch: number }
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
