import type { Principal } from "../domain/account.ts";
import type { Session } from "../stomp/session.ts";

/** A signed-in conversation. */
export type MemberSession = Session<Principal>;

/** The open sessions of each person, so that they can be counted and thrown out. */
export class Sessions {
  readonly #byUser = new Map<string, MemberSession[]>();

  add(userId: string, session: MemberSession): void {
    const sessions = this.#byUser.get(userId);
    if (sessions) sessions.push(session);
    else this.#byUser.set(userId, [session]);
  }

  remove(userId: string, session: MemberSession): void {
    const sessions = this.#byUser.get(userId);
    const at = sessions?.indexOf(session) ?? -1;
    if (!sessions || at < 0) return;
    sessions.splice(at, 1);
    if (sessions.length === 0) this.#byUser.delete(userId);
  }

  of(userId: string): readonly MemberSession[] {
    return this.#byUser.get(userId) ?? [];
  }

  /** Every session that lives by this sign-in. */
  ofSignIn(userId: string, signInId: string): readonly MemberSession[] {
    return this.of(userId).filter((session) => session.principal?.signInId === signInId);
  }

  get personCount(): number {
    return this.#byUser.size;
  }
}
