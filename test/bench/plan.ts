/** What a load process measures: a server, and what it is asked to do. */
export interface Target {
  /** `wire`: STOMP, where a SEND goes to those who listen to the same destination. */
  readonly kind: "stomp" | "wire" | "raw";
  readonly port: number;
  /** Path and query of the handshake. */
  readonly path: string;
}

export interface Member {
  readonly userId: string;
  readonly token: string;
}

/** What a load process opens before it measures. Tokens are given as text, so that it needs no database. */
export type Plan =
  | {
      readonly mode: "fanout";
      readonly target: Target;
      readonly roomId: number;
      readonly publisher: Member;
      /** Each has its share of the connections. */
      readonly members: readonly Member[];
      readonly subscribers: number;
      /** Whether every connection names its subscription differently. */
      readonly hasOwnIds: boolean;
      readonly isHtml: boolean;
      readonly ack: "auto" | "client";
      readonly bodyBytes: number;
    }
  | {
      readonly mode: "pairs";
      readonly target: Target;
      readonly rooms: readonly { readonly roomId: number; readonly members: readonly [Member, Member] }[];
      readonly bodyBytes: number;
    }
  | {
      readonly mode: "room";
      readonly target: Target;
      readonly roomId: number;
      /** All are in the room; the first of them speak in turn. */
      readonly members: readonly Member[];
      readonly senders: number;
      /** As our pages: HTML, ACKs, the own queue, receipts. Otherwise JSON alone. */
      readonly isHtml: boolean;
      readonly bodyBytes: number;
    }
  | {
      readonly mode: "receipts";
      readonly target: Target;
      readonly roomId: number;
      readonly sender: Member;
      readonly hasClientIds: boolean;
      readonly bodyBytes: number;
    }
  | {
      readonly mode: "idle";
      readonly target: Target;
      readonly members: readonly Member[];
      /** As in CONNECT: what the client promises and wants, in milliseconds. */
      /** Only the handshake: nobody signs in. */
      readonly isMute?: boolean;
      readonly heartbeatMs: number;
    }
  | {
      readonly mode: "http";
      readonly target: Target;
      readonly url: string;
      readonly member: Member;
      readonly connections: number;
    }
  | {
      readonly mode: "likes";
      readonly target: Target;
      /** Whose posts are liked in turn. The number of an owner's post is added to the address of all posts. */
      readonly postsUrl: string;
      readonly owners: readonly { readonly postId: number; readonly owner: Member }[];
      readonly fans: readonly Member[];
    };

/** One measurement with what the plan opened. */
export interface Step {
  readonly forMs: number;
  /** Messages (or receipts) in flight. */
  readonly window?: number;
  /** Messages per second, instead of a window. */
  readonly ratePerS?: number;
}

/** What came of a step. Times are from sending to the arrival of the octets. */
export interface Report {
  readonly seconds: number;
  readonly published: number;
  /** Deliveries, receipts, round trips or answers: whatever the mode counts. */
  readonly done: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly errors: number;
  readonly firstError: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Length of a MESSAGE as it came. */
  readonly messageBytes: number;
}

export type ToLoad =
  | { readonly type: "open"; readonly plan: Plan }
  | { readonly type: "step"; readonly step: Step }
  | { readonly type: "close" };
export type FromLoad =
  | { readonly type: "opened" }
  | { readonly type: "stepped"; readonly report: Report }
  | { readonly type: "failed"; readonly reason: string };
