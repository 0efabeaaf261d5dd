/** How long a RECEIPT is waited for. */
export const receiptMs = 10_000;

/** Why something sent was not confirmed. Lost and late ones may be sent again with the same client-id. */
export class Failure extends Error {
  readonly why: "lost" | "late" | "refused";
  /** The HTTP status of a refusal; 0 otherwise. */
  readonly status: number;
  constructor(why: "lost" | "late" | "refused", status = 0, message = "") {
    super(message || why);
    this.why = why;
    this.status = status;
  }
}

/** `signed-out` (also by a ban, which the next page explains) may end by a sign-in in another tab; `ended` is for good. */
export type Loss = "lost" | "signed-out" | "ended";

export type Headers = Readonly<Record<string, string>>;

/** A MESSAGE; `ack` means it, and in client mode all before it. */
export interface Delivery {
  readonly headers: Headers;
  readonly body: string;
  readonly ack: () => void;
}

/** The page's end of a connection: its own, or one that it shares with other tabs. */
export interface Link {
  readonly isConnected: boolean;
  readonly isBlocked: boolean;
  ask(command: string, headers: Headers, body?: string): Promise<{ readonly headers: Headers }>;
  tell(command: string, headers: Headers, body?: string): void;
  hurry(): void;
}

export interface WireEvents {
  readonly connected: (userName: string | undefined) => void;
  readonly disconnected: (why: Loss) => void;
  readonly message: (message: Delivery) => void;
}
