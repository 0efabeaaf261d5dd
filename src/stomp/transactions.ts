import { StompError } from "./errors.ts";
import type { ActFrame, SessionLimits } from "./handler.ts";

interface Transaction {
  readonly id: string;
  readonly acts: ActFrame[];
  octets: number;
}

const FRAMES_MAX = 256;
const BYTES_MAX = 1_048_576;

/** The open transactions of one session: few, and bounded in frames and octets over all of them together. */
export class Transactions {
  readonly #limits: SessionLimits;
  readonly #open: Transaction[] = [];
  #frames = 0;
  #octets = 0;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** @throws StompError `duplicate_transaction`, `too_many` */
  begin(id: string): void {
    if (this.#open.some((one) => one.id === id)) {
      throw new StompError("This transaction is open already", { code: "duplicate_transaction", heading: "BEGIN" });
    }
    if (this.#open.length >= this.#limits.transactions)
      throw tooMany("There are too many open transactions", "transactions-per-socket");
    this.#open.push({ id, acts: [], octets: 0 });
  }

  /** Holds a frame until its transaction is committed. @throws StompError `unknown_transaction`, `too_many` */
  hold(id: string, act: ActFrame, octets: number): void {
    const transaction = this.#find(id, act.verb);
    const { transactionFrames = FRAMES_MAX, transactionBytes = BYTES_MAX } = this.#limits;
    if (this.#frames + 1 > transactionFrames || this.#octets + octets > transactionBytes) {
      throw tooMany("There is too much in open transactions", "transaction-bytes");
    }
    transaction.acts.push(act);
    transaction.octets += octets;
    this.#frames++;
    this.#octets += octets;
  }

  /** Ends a transaction: what it held, in order. @throws StompError `unknown_transaction` */
  end(id: string, heading: "COMMIT" | "ABORT"): readonly ActFrame[] {
    const transaction = this.#find(id, heading);
    this.#open.splice(this.#open.indexOf(transaction), 1);
    this.#frames -= transaction.acts.length;
    this.#octets -= transaction.octets;
    return transaction.acts;
  }

  #find(id: string, heading: string): Transaction {
    const found = this.#open.find((one) => one.id === id);
    if (found === undefined) {
      throw new StompError("There is no such open transaction", { code: "unknown_transaction", heading });
    }
    return found;
  }
}

function tooMany(message: string, limit: string): StompError {
  return new StompError(message, { code: "too_many", closeCode: 1009, heading: "Size Limits", limit });
}
