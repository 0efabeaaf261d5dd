import { BAD_VERSION, VERSIONS } from "./connect.ts";
import type { Header } from "./frame.ts";

/** Why the server ends a session. */
export interface Goodbye {
  /** One short sentence, the body of the ERROR too. Repeats no credential and no frame. */
  readonly message: string;
  /** Short and stable, ASCII: also the reason of the close. */
  readonly code: string;
  readonly closeCode: number;
  /** The receipt that the failed frame asked for. */
  readonly receiptId?: string | undefined;
}

/** The headers of the ERROR that says it. Where no version fits, the ERROR lists ours (STOMP 1.2 "Protocol Negotiation"). */
export function errorHeaders({ message, code, receiptId }: Goodbye): Header[] {
  const headers: Header[] = [
    ["message", message],
    ["code", code],
  ];
  if (code === BAD_VERSION) headers.push(["version", VERSIONS]);
  if (receiptId !== undefined) headers.push(["receipt-id", receiptId]);
  headers.push(["content-type", "text/plain"]);
  return headers;
}

/** The same in texts that every version writes alike; a receipt that is not so is left out. */
export function plain(goodbye: Goodbye): Goodbye {
  const { message, code, closeCode, receiptId } = goodbye;
  const hasPlainReceipt = receiptId !== undefined && receiptId === plainText(receiptId);
  return { message: plainText(message), code, closeCode, receiptId: hasPlainReceipt ? receiptId : undefined };
}

function plainText(text: string): string {
  return text.replace(/[\\:\r\n\0]/g, " ");
}
