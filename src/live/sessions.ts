import type { Principal } from "../domain/account.ts";
import type { Goodbye } from "../stomp/goodbye.ts";
import type { Session } from "../stomp/session.ts";

/** A signed-in conversation. */
export type MemberSession = Session<Principal>;

/** How many ended sign-ins are remembered, for those whose handshake or CONNECT was under way. */
const ENDED_MAX = 10_000;

/** The open sessions of each person, so that they can be counted and thrown out. */
export class Sessions {
  readonly #byUser = new Map<string, MemberSession[]>();
  readonly #ended = new Map<string, Goodbye>();

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

  /** What somebody is called or has chosen has changed: it holds for what they say from now on. */
  changed(userId: string, changes: Partial<Principal>): void {
    for (const session of this.of(userId)) {
      if (session.principal) session.principal = { ...session.principal, ...changes };
    }
  }

  of(userId: string): readonly MemberSession[] {
    return this.#byUser.get(userId) ?? [];
  }

  /** Of everybody; as they are now, whoever comes or goes meanwhile. */
  all(): readonly MemberSession[] {
    return [...this.#byUser.values()].flat();
  }

  /** A sign-in has ended: every session that lives by it hears the goodbye, and none begins by it. */
  endSignIn(userId: string, signInId: string, goodbye: Goodbye): void {
    this.#ended.set(signInId, goodbye);
    if (this.#ended.size > ENDED_MAX) {
      const oldest = this.#ended.keys().next();
      if (!oldest.done) this.#ended.delete(oldest.value);
    }
    const sessions = this.of(userId).filter((session) => session.principal?.signInId === signInId);
    for (const session of sessions) session.end(goodbye);
  }

  /** The goodbye of a sign-in that ended lately: after its token or cookie was looked at, perhaps. */
  endOf(signInId: string): Goodbye | undefined {
    return this.#ended.get(signInId);
  }

  get personCount(): number {
    return this.#byUser.size;
  }
}
