import type { Principal } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Subscription } from "../stomp/handler.ts";
import type { Source } from "./destinations.ts";
import type { Ear, Listener } from "./hub.ts";
import type { Manner } from "./presence.ts";
import type { MemberSession } from "./sessions.ts";

/** What the socket knows before anybody has signed in. It is the session's `data`. */
export interface Origin extends Listener {
  /** Whom the cookies of the handshake prove. */
  readonly cookiePrincipal: Principal | undefined;
  /** Why they prove nobody, where that is to be told. */
  readonly cookieRefusal?: BirdieError | undefined;
  readonly address: string;
  readonly userAgent: string;
  send(frame: string | Uint8Array): void;
  /** Rooms entered by "participate", without a subscription. */
  entered: Set<number> | undefined;
  /** Said by the client: nobody looks at what this connection shows. Until it says so, somebody does. */
  isAway: boolean;
}

/** What is joined, and how. `manner` counts in rooms only. */
export interface Joining {
  readonly source: Source;
  readonly manner: Manner;
  /** Of a room: see `Form.apartFrom`. */
  readonly apartFrom?: readonly string[];
}

/** What the handler notes on a living subscription. */
export interface Note extends Joining {
  readonly ear: Ear;
}

/** @throws BirdieError `not_signed_in` */
export function principalOf(session: MemberSession): Principal {
  if (!session.principal) throw new BirdieError("not_signed_in");
  return session.principal;
}

export const originOf = (session: MemberSession) => session.data as Origin;
export const noteOf = (subscription: Subscription) => subscription.form as Note | undefined;
