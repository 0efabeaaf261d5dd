import { describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { createPasswords } from "../../src/auth/passwords.ts";
import { accounts as accountRows, signIns as signInRows } from "../../src/database/tables.ts";
import { BirdieError, type ErrorCode } from "../../src/domain/errors.ts";
import { addressKey, createAccounts } from "../../src/service/accounts.ts";
import { DEVICE, PASSWORD, testAccounts } from "../support/web.ts";

const ALICE = { userId: "alice", name: "앨리스", password: PASSWORD };
const BOB = { userId: "bob", name: "Bob", password: PASSWORD };
const from = (address: string) => ({ ...DEVICE, address });

async function refusalOf(work: Promise<unknown>): Promise<BirdieError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof BirdieError) return error;
  throw error ?? new Error("was not refused");
}
async function codeOf(work: Promise<unknown>): Promise<ErrorCode> {
  return (await refusalOf(work)).code;
}

describe("signing up", () => {
  test("makes an account and signs it in; the first is the admin, the second is not", async () => {
    await using t = await testAccounts();
    const { principal, tokens } = await t.accounts.signUp(ALICE, DEVICE);
    await t.accounts.signUp(BOB, DEVICE);
    expect(principal).toMatchObject({ userId: "alice", name: "앨리스" });
    expect(await t.accounts.authenticate(tokens.accessToken)).toEqual(principal);
    const rows = await t.database.db.select().from(accountRows);
    expect(rows.map((row) => [row.userId, row.role])).toEqual([
      ["alice", "admin"],
      ["bob", "member"],
    ]);
    expect(rows[0]?.passwordHash).toStartWith("$argon2id$");
  });

  test("of two first accounts at once one becomes the admin, and a name goes to one person", async () => {
    await using t = await testAccounts();
    const results = await Promise.allSettled([
      t.accounts.signUp(ALICE, DEVICE),
      t.accounts.signUp(BOB, DEVICE),
      t.accounts.signUp({ ...ALICE, name: "Eve" }, DEVICE),
    ]);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(2);
    const rows = await t.database.db.select().from(accountRows);
    expect(rows.filter((row) => row.role === "admin")).toHaveLength(1);
  });

  test("refuses a taken name as a fault of that field", async () => {
    await using t = await testAccounts();
    await t.accounts.signUp(ALICE, DEVICE);
    const refusal = await refusalOf(t.accounts.signUp({ ...ALICE, password: "another word" }, DEVICE));
    expect(refusal.faults).toEqual([{ field: "userId", rule: "taken" }]);
    expect(await codeOf(t.accounts.logIn({ userId: "alice", password: "another word" }, DEVICE))).toBe(
      "wrong_credentials",
    );
  });

  test("takes nothing but the three fields", async () => {
    await using t = await testAccounts();
    await t.accounts.signUp(BOB, DEVICE);
    await t.accounts.signUp({ ...ALICE, role: "admin", createdAtMs: 1, bannedAtMs: 1 }, DEVICE);
    const [row] = await t.database.db.select().from(accountRows).where(eq(accountRows.userId, "alice"));
    expect(row).toMatchObject({ role: "member", createdAtMs: t.clock.nowMs(), bannedAtMs: null });
  });

  test("is limited by address and hour, and then free again", async () => {
    await using t = await testAccounts({ signUpsPerHour: 2 });
    const person = (n: number) => ({ ...ALICE, userId: `person_${n}` });
    await t.accounts.signUp(person(1), DEVICE);
    await t.accounts.signUp(person(2), DEVICE);
    const refusal = await refusalOf(t.accounts.signUp(person(3), DEVICE));
    expect(refusal.code).toBe("too_fast");
    await t.accounts.signUp(person(4), from("198.51.100.7"));
    t.clock.advance(1_000 * (refusal.retryAfterS ?? 0));
    await t.accounts.signUp(person(3), DEVICE);
  });

  test("is refused while closed, but for the first who holds the set-up key", async () => {
    await using t = await testAccounts({ signup: "closed", setupKey: "once" });
    expect(await codeOf(t.accounts.signUp(ALICE, DEVICE))).toBe("sign_up_closed");
    expect(await codeOf(t.accounts.signUp({ ...ALICE, setup: "guess" }, DEVICE))).toBe("sign_up_closed");
    const both = await Promise.allSettled([
      t.accounts.signUp({ ...ALICE, setup: "once" }, DEVICE),
      t.accounts.signUp({ ...BOB, setup: "once" }, DEVICE),
    ]);
    expect(both.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    expect(await codeOf(t.accounts.signUp({ ...ALICE, userId: "carol", setup: "once" }, DEVICE))).toBe(
      "sign_up_closed",
    );
  });
});

describe("logging in", () => {
  test("wants the password, composed either way", async () => {
    await using t = await testAccounts();
    await t.accounts.signUp(ALICE, DEVICE);
    const logIn = (password: unknown) => t.accounts.logIn({ userId: "alice", password }, DEVICE);
    expect((await logIn(PASSWORD)).principal.userId).toBe("alice");
    expect((await logIn(PASSWORD.normalize("NFD"))).principal.userId).toBe("alice");
    for (const wrong of ["", `${PASSWORD}!`, undefined, 7, { $ne: "" }]) {
      expect(await codeOf(logIn(wrong))).toBe("wrong_credentials");
    }
  });

  test("refuses nobody and somebody in the same words", async () => {
    await using t = await testAccounts();
    await t.accounts.signUp(ALICE, DEVICE);
    const of = (userId: unknown) => refusalOf(t.accounts.logIn({ userId, password: "wrong horse" }, DEVICE));
    const [known, unknown, impossible] = [await of("alice"), await of("nobody"), await of("../../etc")];
    expect([unknown.code, unknown.message, unknown.faults]).toEqual([known.code, known.message, known.faults]);
    expect([impossible.code, impossible.message]).toEqual([known.code, known.message]);
  });

  test("S43: an account that is guessed at answers 'too fast' to the eleventh, and opens to its password where it was before", async () => {
    await using t = await testAccounts({ signInsPerMinAddress: 0 });
    await t.accounts.signUp(ALICE, DEVICE);
    const logIn = (password: string, n: number) =>
      t.accounts.logIn({ userId: "alice", password }, from(`198.51.100.${n}`));
    for (let n = 0; n < 10; n++) expect(await codeOf(logIn("wrong horse", n))).toBe("wrong_credentials");
    const refusal = await refusalOf(logIn("wrong horse", 10));
    expect([refusal.code, refusal.retryAfterS]).toEqual(["too_fast", 6]);
    // No lock-out: the person's own address still gets in. No oracle: nowhere else does the right guess look right.
    expect((await t.accounts.logIn({ userId: "alice", password: PASSWORD }, DEVICE)).principal.userId).toBe("alice");
    expect(await codeOf(logIn(PASSWORD, 11))).toBe("too_fast");
    t.clock.advance(6_000);
    expect((await logIn(PASSWORD, 11)).principal.userId).toBe("alice");
    expect(await codeOf(logIn("wrong horse", 12))).toBe("wrong_credentials");
  });

  test("also the right password, again and again, has an end; other addresses and people do not hear of it", async () => {
    await using t = await testAccounts({ signInsPerMin: 1 });
    await t.accounts.signUp(ALICE, DEVICE);
    const logIn = (address: string) => t.accounts.logIn({ userId: "alice", password: PASSWORD }, from(address));
    for (let n = 0; n < 12; n++) await logIn("198.51.100.1");
    expect(await codeOf(logIn("198.51.100.1"))).toBe("too_fast");
    expect((await logIn("198.51.100.2")).principal.userId).toBe("alice");
    t.clock.advance(5_000);
    expect((await logIn("198.51.100.1")).principal.userId).toBe("alice");
  });

  test("sign-ins that are over are kept for a while, but never without end", async () => {
    await using t = await testAccounts({ signInsPerMin: 0 });
    await t.accounts.signUp(ALICE, DEVICE);
    for (let n = 0; n < 220; n++) {
      t.clock.advance(1);
      await t.accounts.logIn({ userId: "alice", password: PASSWORD }, DEVICE);
    }
    const [row] = await t.database.db.all<{ count: number }>("select count(*) as count from sign_ins");
    expect(row?.count).toBeLessThanOrEqual(201);
  });

  test("nobody's account is limited like anybody's", async () => {
    await using t = await testAccounts({ signInsPerMin: 1, signInsPerMinAddress: 0 });
    const guess = () => codeOf(t.accounts.logIn({ userId: "nobody", password: "wrong horse" }, DEVICE));
    expect([await guess(), await guess()]).toEqual(["wrong_credentials", "too_fast"]);
  });

  test("an address that guesses is refused whatever it says next, other addresses are not", async () => {
    await using t = await testAccounts({ signInsPerMin: 0, signInsPerMinAddress: 3 });
    await t.accounts.signUp(ALICE, DEVICE);
    const guess = (address: string, password = "wrong horse") =>
      t.accounts.logIn({ userId: "alice", password }, from(address));
    // A right password costs nothing.
    for (let n = 0; n < 5; n++) await guess("2001:db8:0:1::1", PASSWORD);
    for (let n = 0; n < 3; n++) expect(await codeOf(guess(`2001:db8:0:1::${n}`))).toBe("wrong_credentials");
    expect(await codeOf(guess("2001:db8:0:1:ffff::9"))).toBe("too_fast");
    expect(await codeOf(guess("2001:db8:0:1::1", PASSWORD))).toBe("too_fast");
    expect((await guess("2001:db8:0:2::1", PASSWORD)).principal.userId).toBe("alice");
  });

  test("renews a hash of weaker parameters", async () => {
    await using t = await testAccounts();
    await t.accounts.signUp(ALICE, DEVICE);
    const stronger = createAccounts({
      database: t.database,
      tokens: t.tokens,
      passwords: createPasswords({ memoryKib: 16, passes: 1 }),
      nowMs: t.clock.nowMs,
      signup: "open",
      signInsPerMin: 0,
      signInsPerMinAddress: 0,
      signUpsPerHour: 0,
    });
    const hashOf = async () => (await t.database.db.select().from(accountRows))[0]?.passwordHash;
    expect(await hashOf()).toContain("m=8,");
    await stronger.logIn({ userId: "alice", password: PASSWORD }, DEVICE);
    expect(await hashOf()).toContain("m=16,");
    await stronger.logIn({ userId: "alice", password: PASSWORD }, DEVICE);
  });

  test("a banned account is told so only with its password, and its tokens end", async () => {
    await using t = await testAccounts();
    const { tokens } = await t.accounts.signUp(ALICE, DEVICE);
    await t.database.db.update(accountRows).set({ bannedAtMs: 1 });
    expect(await codeOf(t.accounts.logIn({ userId: "alice", password: "wrong horse" }, DEVICE))).toBe(
      "wrong_credentials",
    );
    expect(await codeOf(t.accounts.logIn({ userId: "alice", password: PASSWORD }, DEVICE))).toBe("banned");
    expect(await codeOf(t.accounts.authenticate(tokens.accessToken))).toBe("banned");
    expect(await codeOf(t.accounts.refresh(tokens.refreshToken, DEVICE))).toBe("banned");
  });
});

describe("a sign-in", () => {
  test("ends with logging out, for both its tokens, and everybody hears of it once", async () => {
    await using t = await testAccounts();
    const { principal, tokens } = await t.accounts.signUp(ALICE, DEVICE);
    await t.accounts.logOut(principal);
    await t.accounts.logOut(principal);
    expect(await codeOf(t.accounts.authenticate(tokens.accessToken))).toBe("sign_in_ended");
    expect(await codeOf(t.accounts.refresh(tokens.refreshToken, DEVICE))).toBe("sign_in_ended");
    expect(t.events).toEqual([{ type: "sign-in-ended", userId: "alice", signInId: principal.signInId, why: "ended" }]);
  });

  test("is renewed by its refresh token; two at once get the same new one", async () => {
    await using t = await testAccounts();
    const { tokens: first } = await t.accounts.signUp(ALICE, DEVICE);
    t.clock.advance(60_000);
    const [one, two] = await Promise.all([
      t.accounts.refresh(first.refreshToken, DEVICE),
      t.accounts.refresh(first.refreshToken, DEVICE),
    ]);
    t.clock.advance(9_999);
    const three = await t.accounts.refresh(first.refreshToken, DEVICE);
    expect(new Set([one, two, three].map((signedIn) => signedIn.tokens.refreshToken)).size).toBe(1);
    expect(one.tokens.refreshToken).not.toBe(first.refreshToken);
    t.clock.advance(60_000);
    await t.accounts.refresh(one.tokens.refreshToken, DEVICE);
    expect(t.events).toEqual([]);
  });

  test("ends when an old refresh token comes back after ten seconds", async () => {
    await using t = await testAccounts();
    const { principal, tokens } = await t.accounts.signUp(ALICE, DEVICE);
    const thief = await t.accounts.refresh(tokens.refreshToken, DEVICE);
    t.clock.advance(10_000);
    expect(await codeOf(t.accounts.refresh(tokens.refreshToken, DEVICE))).toBe("sign_in_ended");
    expect(await codeOf(t.accounts.refresh(thief.tokens.refreshToken, DEVICE))).toBe("sign_in_ended");
    expect(await codeOf(t.accounts.authenticate(thief.tokens.accessToken))).toBe("sign_in_ended");
    expect(t.events).toEqual([{ type: "sign-in-ended", userId: "alice", signInId: principal.signInId, why: "ended" }]);
  });

  test("ends at once when a token of two generations ago comes back", async () => {
    await using t = await testAccounts();
    const { tokens } = await t.accounts.signUp(ALICE, DEVICE);
    const second = await t.accounts.refresh(tokens.refreshToken, DEVICE);
    const third = await t.accounts.refresh(second.tokens.refreshToken, DEVICE);
    expect(await codeOf(t.accounts.refresh(tokens.refreshToken, DEVICE))).toBe("sign_in_ended");
    expect(await codeOf(t.accounts.authenticate(third.tokens.accessToken))).toBe("sign_in_ended");
  });

  test("of somebody else cannot be ended, nor told from one that never was", async () => {
    await using t = await testAccounts();
    const alice = await t.accounts.signUp(ALICE, DEVICE);
    const bob = await t.accounts.signUp(BOB, DEVICE);
    expect(await codeOf(t.accounts.endSignIn(bob.principal, alice.principal.signInId))).toBe("not_found");
    expect(await codeOf(t.accounts.endSignIn(bob.principal, "nothing"))).toBe("not_found");
    await t.accounts.authenticate(alice.tokens.accessToken);
  });

  test("is listed with its device; one or all others can be ended", async () => {
    await using t = await testAccounts();
    const phone = await t.accounts.signUp(ALICE, { userAgent: "Phone", address: "192.0.2.9" });
    t.clock.advance(1_000);
    const laptop = await t.accounts.logIn(ALICE, DEVICE);
    const tablet = await t.accounts.logIn(ALICE, DEVICE);
    const list = await t.accounts.signIns(laptop.principal);
    expect(list).toHaveLength(3);
    expect(list.find((signIn) => signIn.isThisOne)?.id).toBe(laptop.principal.signInId);
    expect(list.at(-1)).toMatchObject({ userAgent: "Phone", address: "192.0.2.9", isThisOne: false });
    await t.accounts.endSignIn(laptop.principal, phone.principal.signInId);
    expect(await codeOf(t.accounts.authenticate(phone.tokens.accessToken))).toBe("sign_in_ended");
    await t.accounts.endOtherSignIns(laptop.principal);
    expect(await codeOf(t.accounts.authenticate(tablet.tokens.accessToken))).toBe("sign_in_ended");
    expect(await t.accounts.signIns(laptop.principal)).toHaveLength(1);
    expect(t.events).toHaveLength(2);
  });

  test("is one of at most a hundred: the one used least lately makes room", async () => {
    await using t = await testAccounts();
    const first = await t.accounts.signUp(ALICE, DEVICE);
    for (let n = 0; n < 100; n++) {
      t.clock.advance(1_000);
      await t.accounts.logIn(ALICE, DEVICE);
    }
    expect(await codeOf(t.accounts.authenticate(first.tokens.accessToken))).toBe("sign_in_ended");
    expect(t.events).toHaveLength(1);
    t.clock.advance(2_592_000_000 + 60_000);
    await t.accounts.logIn(ALICE, DEVICE);
    expect(await t.database.db.select().from(signInRows)).toHaveLength(1);
  });
});

describe("STOMP's login and passcode", () => {
  test("may be the password or an access token of that person", async () => {
    await using t = await testAccounts();
    const { principal, tokens } = await t.accounts.signUp(ALICE, DEVICE);
    await t.accounts.signUp(BOB, DEVICE);
    expect(await t.accounts.authenticateWith("alice", tokens.accessToken, DEVICE)).toEqual(principal);
    expect((await t.accounts.authenticateWith("alice", PASSWORD, DEVICE)).userId).toBe("alice");
    for (const passcode of [tokens.refreshToken, "wrong horse", "", tokens.accessToken.slice(1)]) {
      expect(await codeOf(t.accounts.authenticateWith("alice", passcode, DEVICE))).toBe("wrong_credentials");
    }
    expect(await codeOf(t.accounts.authenticateWith("bob", tokens.accessToken, DEVICE))).toBe("wrong_credentials");
  });

  test("joins the sign-in of the same device instead of leaving one behind each time", async () => {
    await using t = await testAccounts();
    await t.accounts.signUp(ALICE, DEVICE);
    const robot = { userAgent: "robot", address: "192.0.2.5" };
    const one = await t.accounts.authenticateWith("alice", PASSWORD, robot);
    const two = await t.accounts.authenticateWith("alice", PASSWORD, robot);
    expect(two.signInId).toBe(one.signInId);
    await t.accounts.logOut(one);
    const three = await t.accounts.authenticateWith("alice", PASSWORD, robot);
    expect(three.signInId).not.toBe(one.signInId);
  });
});

describe("the proof in a page's cookies", () => {
  test("is good, renewed, or over", async () => {
    await using t = await testAccounts();
    const { principal, tokens } = await t.accounts.signUp(ALICE, DEVICE);
    const proof = (cookies: object) => t.accounts.principalOf({ ...cookies, device: DEVICE });
    expect(await proof({})).toEqual({ principal: undefined });
    expect(await proof(tokens)).toEqual({ principal });
    expect(await proof({ accessToken: "rubbish" })).toEqual({ principal: undefined, isOver: true });
    t.clock.advance(900_000);
    const { renewed, ...rest } = await proof(tokens);
    expect(rest).toEqual({ principal });
    expect(await proof(renewed ?? {})).toEqual({ principal });
    await t.accounts.logOut(principal);
    expect(await proof(renewed ?? {})).toEqual({ principal: undefined, isOver: true });
  });

  test("opens a socket without using the refresh token up", async () => {
    await using t = await testAccounts();
    const { principal, tokens } = await t.accounts.signUp(ALICE, DEVICE);
    t.clock.advance(900_000);
    const input = { ...tokens, device: DEVICE, mayRenew: false };
    expect(await t.accounts.principalOf(input)).toEqual({ principal });
    t.clock.advance(900_000);
    await t.accounts.refresh(tokens.refreshToken, DEVICE);
    t.clock.advance(10_000);
    expect((await t.accounts.principalOf(input)).principal).toBeUndefined();
    expect(t.events).toEqual([]);
  });
});

describe("one's own account", () => {
  test("gets another password by the present one, and every other sign-in ends", async () => {
    await using t = await testAccounts();
    const here = await t.accounts.signUp(ALICE, DEVICE);
    const there = await t.accounts.logIn(ALICE, DEVICE);
    const change = (currentPassword: string, newPassword: string) =>
      t.accounts.changePassword(here.principal, { currentPassword, newPassword }, DEVICE);
    expect((await refusalOf(change("wrong horse", "another word"))).faults).toEqual([
      { field: "currentPassword", rule: "wrong" },
    ]);
    expect((await refusalOf(change(PASSWORD, "short"))).faults).toEqual([
      { field: "newPassword", rule: "too_short", limit: 8 },
    ]);
    await t.accounts.authenticate(there.tokens.accessToken);
    await change(PASSWORD, "another word");
    await t.accounts.authenticate(here.tokens.accessToken);
    expect(await codeOf(t.accounts.authenticate(there.tokens.accessToken))).toBe("sign_in_ended");
    expect(await codeOf(t.accounts.logIn(ALICE, DEVICE))).toBe("wrong_credentials");
    await t.accounts.logIn({ ...ALICE, password: "another word" }, DEVICE);
  });

  test("changed from two places at once, only one password wins, and its owner stays signed in", async () => {
    await using t = await testAccounts();
    const here = await t.accounts.signUp(ALICE, DEVICE);
    const there = await t.accounts.logIn(ALICE, DEVICE);
    const results = await Promise.allSettled(
      [here, there].map(({ principal }, n) =>
        t.accounts.changePassword(principal, { currentPassword: PASSWORD, newPassword: `another ${n}` }, DEVICE),
      ),
    );
    const winner = results.findIndex((result) => result.status === "fulfilled");
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    await t.accounts.logIn({ ...ALICE, password: `another ${winner}` }, DEVICE);
    await t.accounts.authenticate((winner === 0 ? here : there).tokens.accessToken);
    expect(t.events).toHaveLength(1);
  });

  test("has a name, a language and a time zone of its own", async () => {
    await using t = await testAccounts();
    const { principal, tokens } = await t.accounts.signUp(ALICE, DEVICE);
    expect(await t.accounts.rename(principal, { name: "  앨리스\u0000 리 " })).toBe("앨리스 리");
    expect(await codeOf(t.accounts.rename(principal, { name: " " }))).toBe("invalid");
    await t.accounts.setLanguage(principal, "en");
    await t.accounts.setTimeZone(principal, "Asia/Seoul");
    expect(await t.accounts.authenticate(tokens.accessToken)).toEqual({
      ...principal,
      name: "앨리스 리",
      language: "en",
      timeZone: "Asia/Seoul",
    });
    await t.accounts.setLanguage(principal, undefined);
    await t.accounts.setTimeZone(principal, "Mars/Olympus");
    expect(await t.accounts.authenticate(tokens.accessToken)).toMatchObject({ timeZone: undefined });
  });

  test("has a profile; nobody has none", async () => {
    await using t = await testAccounts();
    await t.accounts.signUp(ALICE, DEVICE);
    expect(await t.accounts.profile("alice")).toEqual({
      userId: "alice",
      name: "앨리스",
      createdAtMs: t.clock.nowMs(),
      postCount: 0,
    });
    expect(await codeOf(t.accounts.profile("nobody"))).toBe("not_found");
    expect(await codeOf(t.accounts.profile("' or 1=1 --"))).toBe("not_found");
  });
});

test("an IPv6 subscriber counts as one address", () => {
  expect(addressKey("2001:db8:0:1::1")).toBe("2001:db8:0:1::/64");
  expect(addressKey("2001:0DB8:0000:0001:ffff:ffff:ffff:ffff")).toBe("2001:db8:0:1::/64");
  expect(addressKey("::1")).toBe("0:0:0:0::/64");
  expect(addressKey("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(addressKey("192.0.2.1")).toBe("192.0.2.1");
  expect(addressKey("")).toBe("");
});
