import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { addressOf, type Community, community, everything, routesOf, type Things, things } from "../support/hostile.ts";
import { type TestServer, testServer } from "../support/server.ts";

setDefaultTimeout(120_000);

/**
 * What nobody, a stranger, a member of the room and the owner of everything are answered; and an admin, who is a stranger
 * to all of it unless said otherwise.
 */
interface Row {
  readonly body?: object | ((things: Things) => object);
  readonly status: readonly [nobody: number, stranger: number, member: number, owner: number, admin?: number];
}

const all = (status: number): Row => ({ status: [status, status, status, status] });
/** For whoever is signed in; only about oneself. */
const own = (body: object = {}, status = 200): Row => ({ body, status: [401, status, status, status] });
const OWNERS_ONLY = [401, 403, 403, 200] as const;
const MEMBERS_ONLY = [401, 404, 200, 200] as const;
const ROOM_OWNERS_ONLY = [401, 404, 403, 200] as const;
const NOT_OWN = [401, 200, 200, 403] as const;
const NOT_OWN_MADE = [401, 201, 201, 403] as const;
const ADMINS_ONLY = [404, 404, 404, 404, 200] as const;

const MATRIX: Readonly<Record<string, Row>> = {
  "GET /": all(200),
  "GET /admin": { status: ADMINS_ONLY },
  "GET /admin/invitations": { status: ADMINS_ONLY },
  "GET /admin/members": { status: ADMINS_ONLY },
  "GET /admin/members/:userId": { status: ADMINS_ONLY },
  "GET /admin/reports": { status: ADMINS_ONLY },
  "GET /alarms": own(),
  "GET /assets/:name": all(200),
  "GET /comments/:id/edit": { status: OWNERS_ONLY },
  // One's own is deleted, not reported.
  "GET /comments/:id/report": { status: NOT_OWN },
  "GET /docs/asyncapi.yaml": all(200),
  "GET /favicon.ico": all(200),
  "GET /livez": all(200),
  "GET /login": { status: [200, 303, 303, 303] },
  "GET /manifest.webmanifest": all(200),
  "GET /members": own(),
  "GET /members/:userId": all(200),
  "GET /messages": own(),
  "GET /messages/:roomId": { status: MEMBERS_ONLY },
  "GET /messages/:roomId/:messageId/edit": { status: ROOM_OWNERS_ONLY },
  "GET /messages/:roomId/:messageId/report": { status: [401, 404, 200, 403] },
  "GET /messages/new": own(),
  "GET /metrics": all(200),
  // Brought in by the owner, and not said yet: to everybody else, and to nobody, it does not exist.
  "GET /pictures/:name": { status: [404, 404, 404, 200] },
  "GET /posts": all(303),
  "GET /posts/:id": all(200),
  "GET /posts/:id/comments": all(303),
  "GET /posts/:id/edit": { status: OWNERS_ONLY },
  "GET /posts/:id/report": { status: NOT_OWN },
  "GET /push/manner": own(),
  "GET /readyz": all(200),
  "GET /search": own(),
  "GET /service-worker.js": all(200),
  "GET /settings": own(),
  "GET /settings/alarms": own(),
  "GET /settings/blocks": own(),
  "GET /settings/close": own(),
  "GET /settings/delivery": own(),
  "GET /settings/device": own(),
  "GET /settings/keys": own(),
  "GET /settings/name": all(303),
  "GET /settings/password": all(303),
  "GET /signup": { status: [200, 303, 303, 303] },
  "GET /since": own(),
  // The address is the right.
  "GET /since/:file{[0-9a-f]{32}\\.atom}": all(200),
  "POST /admin/community": { body: { sendsReceipts: true, sendsTyping: true }, status: ADMINS_ONLY },
  "POST /admin/invitations": { status: [404, 404, 404, 404, 201] },
  "POST /admin/invitations/:id/revoke": { status: ADMINS_ONLY },
  "POST /admin/members/:userId/ban": { body: { days: "1", reason: "Enough" }, status: ADMINS_ONLY },
  "POST /admin/members/:userId/demote": { status: ADMINS_ONLY },
  "POST /admin/members/:userId/promote": { status: ADMINS_ONLY },
  "POST /admin/members/:userId/unban": { status: ADMINS_ONLY },
  "POST /admin/reports/:id/dismiss": { status: ADMINS_ONLY },
  "POST /admin/reports/:id/remove": { status: ADMINS_ONLY },
  "POST /alarms/:id/read": { status: [401, 404, 404, 200] },
  "POST /alarms/off": own({ kind: "LIKES" }),
  "POST /alarms/on": own({ kind: "LIKES" }),
  "POST /alarms/read": own({ upTo: 1 }),
  "POST /alarms/unread": own({ ids: [1] }),
  "POST /comments/:id/delete": { status: [...OWNERS_ONLY, 200] },
  "POST /comments/:id/edit": { body: { body: "Changed" }, status: OWNERS_ONLY },
  "POST /comments/:id/like": own(),
  "POST /comments/:id/report": { body: { reason: "Spam" }, status: NOT_OWN_MADE },
  "POST /comments/:id/unlike": own(),
  "POST /login": { body: { userId: "owner", password: "not this one" }, status: [401, 401, 401, 401] },
  "POST /members/:userId/block": { status: [401, 200, 200, 403] },
  "POST /members/:userId/unblock": own(),
  "POST /messages": { body: { userId: "owner" }, status: [401, 200, 200, 403] },
  "POST /messages/:roomId": { body: { message: "Hello" }, status: [401, 404, 201, 201] },
  "POST /messages/:roomId/:messageId/delete": { status: ROOM_OWNERS_ONLY },
  "POST /messages/:roomId/:messageId/edit": { body: { message: "Changed" }, status: ROOM_OWNERS_ONLY },
  "POST /messages/:roomId/:messageId/like": { status: MEMBERS_ONLY },
  "POST /messages/:roomId/:messageId/report": { body: { reason: "Spam" }, status: [401, 404, 201, 403] },
  "POST /messages/:roomId/:messageId/unlike": { status: MEMBERS_ONLY },
  "POST /messages/:roomId/accept": { status: MEMBERS_ONLY },
  "POST /messages/:roomId/decline": { status: MEMBERS_ONLY },
  "POST /messages/:roomId/leave": { status: MEMBERS_ONLY },
  "POST /messages/:roomId/members": { body: { userId: "stranger" }, status: MEMBERS_ONLY },
  "POST /messages/:roomId/mute": { status: MEMBERS_ONLY },
  "POST /messages/:roomId/name": { body: { name: "Theirs" }, status: MEMBERS_ONLY },
  "POST /messages/:roomId/owner": { body: { userId: "member" }, status: ROOM_OWNERS_ONLY },
  // JSON is no file: refused only after it is known who asks.
  "POST /messages/:roomId/pictures": { body: {}, status: [401, 404, 422, 422] },
  "POST /messages/:roomId/read": { body: { upTo: 1 }, status: MEMBERS_ONLY },
  "POST /messages/:roomId/remove": { body: { userId: "owner" }, status: [401, 404, 403, 403] },
  "POST /messages/:roomId/unmute": { status: MEMBERS_ONLY },
  "POST /messages/:roomId/unread": { body: ({ messageId }) => ({ from: messageId }), status: MEMBERS_ONLY },
  "POST /posts/pictures": own({}, 422),
  "POST /posts": { body: { title: "New", body: "Words" }, status: [401, 201, 201, 201] },
  "POST /posts/:id/comments": { body: { body: "Words" }, status: [401, 201, 201, 201] },
  "POST /posts/:id/delete": { status: [...OWNERS_ONLY, 200] },
  "POST /posts/:id/edit": { body: { title: "New", body: "Words" }, status: OWNERS_ONLY },
  "POST /posts/:id/like": own(),
  "POST /posts/:id/mute": own(),
  "POST /posts/:id/report": { body: { reason: "Spam" }, status: NOT_OWN_MADE },
  "POST /posts/:id/unlike": own(),
  "POST /posts/:id/unmute": own(),
  "POST /push/self-test": own(),
  "POST /push/self-test/end": own(),
  "POST /push/subscribe": own({ endpoint: "http://127.0.0.1/" }, 422),
  "POST /push/test": own({ id: 1 }, 404),
  "POST /push/unsubscribe": own({ id: 1 }),
  "POST /settings/alarms": own({ likes: "on" }),
  "POST /settings/close": own({ password: "not this one" }, 422),
  "POST /settings/language": { body: { language: "en" }, status: [200, 200, 200, 200] },
  "POST /settings/name": { body: { name: "Another" }, status: [401, 200, 200, 200] },
  "POST /settings/password": own({ currentPassword: "not this one", newPassword: "a new long one" }, 422),
  "POST /settings/privacy": own({ openTo: "everybody" }),
  "POST /settings/sign-ins/:id/end": { status: [401, 404, 404, 200] },
  "POST /settings/sign-ins/end-others": own(),
  "POST /signup": {
    body: { userId: "owner", name: "Again", password: "a new long one" },
    status: [422, 422, 422, 422],
  },
  "POST /since": own({ upTo: "1" }),
  "POST /since/feed": own({ is: "on" }),
  "POST /token": { body: { userId: "owner", password: "not this one" }, status: [401, 401, 401, 401] },
  "POST /token/refresh": { body: { refreshToken: "none" }, status: [401, 401, 401, 401] },
  // Last of all, because it ends a sign-in.
  "POST /logout": all(200),
};

let server: TestServer;
let people: Omit<Community, "things">;

beforeAll(async () => {
  server = await testServer({ settings: { "sign-ins-per-min": 0, "sign-ins-per-min-address": 0 } });
  people = await community(server);
});
afterAll(() => server.stop());

const ask = (path: string, init: RequestInit = {}) => fetch(server.url + path, { redirect: "manual", ...init });

function init(method: string, token: string | undefined, body: object = {}): RequestInit {
  const headers = {
    accept: "application/json",
    origin: server.url,
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  if (method === "GET") return { headers };
  return { method, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
}

describe("S48: every route", () => {
  test("has its row here: a new one needs somebody to think about who may use it", () => {
    expect(routesOf(server)).toEqual(Object.keys(MATRIX).sort());
  });

  for (const [route, { body, status }] of Object.entries(MATRIX)) {
    test(`${route}: nobody, a stranger, a member, the owner and an admin get what is theirs, and a refusal leaves no trace`, async () => {
      const [method = "", pattern = ""] = route.split(" ");
      const { owner, member, stranger, admin } = people;
      let fresh = await things(server, people);
      // The admin first, on things of their own: what they may remove is still there for the others to be refused.
      const tokens = [admin.token, undefined, stranger.token, member.token, owner.token];
      const [nobody, outsider, insider, its, admins = outsider] = status;
      const due = [admins, nobody, outsider, insider, its];
      const got: number[] = [];
      let before = "";
      for (const [at, token] of tokens.entries()) {
        if (token === undefined && route !== "POST /logout") {
          fresh = await things(server, people);
          before = "";
        }
        const isRefusal = (due[at] ?? 0) >= 400;
        // After a refusal before this one, all is as it was then.
        if (isRefusal) before ||= everything(server);
        const response = await ask(
          addressOf(pattern, fresh),
          init(method, token, typeof body === "function" ? body(fresh) : body),
        );
        got.push(response.status);
        const text = await response.text();
        if (response.status >= 400) expect(text).not.toContain("The owner's line");
        if (isRefusal) expect(everything(server) === before).toBe(true);
        else before = "";
      }
      expect(got).toEqual(due);
    });
  }

  test("nothing went wrong inside", () => {
    expect(server.log.filter((line) => line.includes(" error "))).toEqual([]);
  });
});
