/** What a fault of the protocol is made of, beside its words. */
export interface Fault {
  /** Short and stable, for programs: "bad_escape". */
  readonly code: string;
  /** The heading of the STOMP 1.2 specification that was broken: "Value Encoding". */
  readonly heading: string;
  /** WebSocket close code; 1002 (broken frame) unless said. */
  readonly closeCode?: number;
  /** The `receipt` of the broken frame, as far as it was understood. */
  readonly receiptId?: string | undefined;
  /** Which limit was reached, by the name of its setting. */
  readonly limit?: string | undefined;
}

/**
 * A frame that breaks the protocol or a limit. The session answers it with ERROR and closes; it is never spared.
 * `message` is one short English sentence that repeats nothing the client sent.
 */
export class StompError extends Error {
  readonly code: string;
  readonly closeCode: number;
  readonly heading: string;
  readonly receiptId: string | undefined;
  readonly limit: string | undefined;

  constructor(message: string, fault: Fault) {
    super(message);
    this.name = "StompError";
    this.code = fault.code;
    this.closeCode = fault.closeCode ?? 1002;
    this.heading = fault.heading;
    this.receiptId = fault.receiptId;
    this.limit = fault.limit;
  }
}
