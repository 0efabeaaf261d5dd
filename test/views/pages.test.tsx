import { describe, expect, test } from "bun:test";
import { AlarmBadge, AlarmRow, InboxPage, MessageBadge } from "../../views/alarms.tsx";
import { ErrorPage } from "../../views/errors.tsx";
import { CommentArticle, FeedPage, LikeForm, PostPage } from "../../views/posts.tsx";
import { MessageArticle, RoomPage, RoomsPage } from "../../views/rooms.tsx";
import { deviceOf } from "../../views/settings.tsx";
import {
  alice,
  bob,
  everyPage,
  everyPush,
  makeAlarm,
  makeComment,
  makeMessage,
  makePage,
  makePost,
  makeRoom,
  makeRoomPage,
  NOW_MS,
} from "./samples.tsx";

/** The opening tag with this id. */
function tagOf(html: string, id: string): string {
  return new RegExp(`<[a-z]+ [^>]*id="${id}"[^>]*>`).exec(html)?.[0] ?? "";
}

const NOTHING = { unreadAlarmCount: 0, unreadMessageCount: 0 };

describe("badges", () => {
  test("are the number as text, say what they count, and stop at 99+", () => {
    const badge = (count: number) => String(<AlarmBadge count={count} language="en" />);
    expect(badge(1)).toContain('aria-label="1 unread alarm"');
    expect(badge(99)).toMatch(/>99<\/span>$/);
    expect(badge(100)).toMatch(/data-count="100".*>99\+<\/span>$/);
    expect(String(<MessageBadge count={3} language="ko" />)).toContain('aria-label="읽지 않은 메시지 3개"');
  });

  test("are hidden at 0 and not gone", () => {
    expect(tagOf(String(<AlarmBadge count={0} language="ko" />), "alarm-badge")).toContain("hidden");
    expect(tagOf(String(<AlarmBadge count={1} language="ko" />), "alarm-badge")).not.toContain("hidden");
  });

  test("are on every page of a member and on none of a guest", () => {
    for (const [name, html] of everyPage(makePage())) {
      expect([name, tagOf(html, "alarm-badge") !== "", tagOf(html, "message-badge") !== ""]).toEqual([
        name,
        true,
        true,
      ]);
    }
    for (const [name, html] of everyPage(makePage({ me: undefined, counts: NOTHING }))) {
      expect([name, tagOf(html, "alarm-badge"), html.includes("hx-stomp:connect")]).toEqual([name, "", false]);
    }
  });
});

describe("the frame", () => {
  test("tells the browser who, in which language and theme, and what waits", () => {
    const page = makePage({ language: "en", theme: "dark", counts: { unreadAlarmCount: 90, unreadMessageCount: 20 } });
    const html = String(<FeedPage page={page} feed={{ posts: [], before: undefined, position: "f7" }} />);
    expect(html).toStartWith('<html lang="en" data-theme="dark">');
    expect(html).toContain('<title id="tab-title">(99+) Feed · Birdie</title>');
    expect(html).toMatch(/<body[^>]* data-me="alice" data-live="connecting"[^>]* hx-stomp:connect="\/stomp">/);
    expect(html).toContain('hx-stomp:subscribe="/queue/alice"');
    expect(html).toContain('hx-stomp:subscribe="/topic/feed" hx-stomp:resume="f7"');
  });

  test("has no number in the title when nothing waits, and never forbids zooming", () => {
    for (const [, html] of everyPage(makePage({ counts: NOTHING }))) {
      expect(html).not.toMatch(/<title[^>]*>\(/);
      expect(html).not.toMatch(/user-scalable|maximum-scale/);
    }
  });

  test("shows a guest the way in, back to this page, but no way to sign up where nobody may", () => {
    const guest = makePage({ me: undefined, counts: NOTHING, path: "/posts/3?before=9" });
    const html = String(<ErrorPage page={guest} code="not_signed_in" />);
    expect(html).toContain('href="/login?next=%2Fposts%2F3%3Fbefore%3D9"');
    expect(html).toContain('href="/signup');
    expect(String(<ErrorPage page={{ ...guest, signup: "closed" }} code="gone" />)).not.toContain('href="/signup');
  });
});

describe("posts", () => {
  const postPage = {
    post: { item: makePost(), isLikedByMe: false },
    threads: [],
    before: undefined,
    position: "p1",
  };

  test("offer edit and delete to their author and to nobody else", () => {
    const mine = { ...postPage, post: { item: makePost({ author: alice }), isLikedByMe: false } };
    expect(String(<PostPage page={makePage()} postPage={mine} />)).toContain('action="/posts/3/delete"');
    expect(String(<PostPage page={makePage()} postPage={postPage} />)).not.toContain('action="/posts/3/delete"');
  });

  test("let members comment and show guests the way in", () => {
    expect(String(<PostPage page={makePage()} postPage={postPage} />)).toContain('id="comment-form"');
    const guest = String(<PostPage page={makePage({ me: undefined })} postPage={postPage} />);
    expect(guest).not.toContain('id="comment-form"');
    expect(guest).toContain('href="/login?next=%2Fposts%2F3%23comments"');
  });

  test("give a refused reply back in the form it was written in, and no other", () => {
    const threads = [9, 10].map((id) => ({ comment: { item: makeComment({ id }), isLikedByMe: false }, replies: [] }));
    const html = String(
      <PostPage
        page={makePage()}
        postPage={{ ...postPage, threads }}
        values={{ parentId: "10", body: "너무 긴 답글" }}
        faults={[{ field: "body", rule: "too_long", limit: 2_000 }]}
      />,
    );
    expect(html.match(/<details class="reply-form" open="">/g)?.length).toBe(1);
    expect(html).toMatch(/id="reply-10-body"[^>]*aria-invalid="true"[^>]*>너무 긴 답글</);
    expect(html.match(/너무 긴 답글/g)?.length).toBe(1);
  });

  test("have a heart that undoes what it did", () => {
    const form = (isLikedByMe: boolean) =>
      String(<LikeForm language="ko" kind="comment" id={9} likeCount={4} isLikedByMe={isLikedByMe} />);
    expect(form(false)).toContain('action="/comments/9/like" hx-post="/comments/9/like"');
    expect(form(false)).toContain('aria-pressed="false"');
    expect(form(true)).toContain('action="/comments/9/unlike"');
    expect(form(true)).toContain('aria-pressed="true"');
    expect(form(true)).toMatch(/<span class="count" id="comment-9-likes">4<\/span>/);
  });

  test("carry a comment's own buttons only for its author, and hidden in what is pushed", () => {
    const comment = (me?: string) =>
      String(<CommentArticle context={makePage()} comment={{ item: makeComment(), isLikedByMe: false }} me={me} />);
    expect(comment("bob")).toMatch(/data-own-only="">/);
    expect(comment("alice")).not.toContain("data-own-only");
    expect(comment()).toMatch(/data-own-only="" hidden=""/);
    expect(comment()).toStartWith('<article class="comment" id="comment-9" data-author="bob"');
  });

  test("keep the place of a deleted comment without its words or its author", () => {
    const item = makeComment({ isDeleted: true, body: "" });
    const html = String(<CommentArticle context={makePage()} comment={{ item, isLikedByMe: false }} me="bob" />);
    expect(html).toContain("삭제된 댓글입니다.");
    expect(html).not.toContain("data-own-only");
    expect(html).not.toContain("밥");
  });
});

describe("the inbox", () => {
  test("leads each row to its comment, or to the post that was liked", () => {
    const row = (more: Parameters<typeof makeAlarm>[0]) =>
      String(<AlarmRow context={makePage()} alarm={makeAlarm(more)} />);
    expect(row({})).toContain('href="/posts/3#comment-9"');
    expect(row({ replyId: undefined, target: "POST" })).toContain('href="/posts/3"');
    expect(row({})).toStartWith(
      '<li id="alarm-7" class="alarm" data-alarm-id="12" data-read="false" data-day="today">',
    );
  });

  test("says unread in words, and only where it is", () => {
    const row = (isRead: boolean) => String(<AlarmRow context={makePage()} alarm={makeAlarm({ isRead })} />);
    expect(row(false)).toContain('<span class="sr">읽지 않음</span>');
    expect(row(true)).not.toContain("읽지 않음");
  });

  test("marks read up to the newest that is shown, and offers it only while something is unread", () => {
    const inbox = {
      alarms: [makeAlarm({ id: 15, key: 2 }), makeAlarm()],
      before: undefined,
      position: "q1",
    };
    expect(String(<InboxPage page={makePage()} inbox={inbox} />)).toContain('name="upTo" value="15"');
    expect(String(<InboxPage page={makePage({ counts: NOTHING })} inbox={inbox} />)).toContain(
      'class="read-all" hidden=""',
    );
  });

  test("tells an empty inbox from an empty filter", () => {
    const inbox = { alarms: [], before: undefined, position: "q1" };
    expect(String(<InboxPage page={makePage()} inbox={inbox} />)).toContain("아직 알림이 없습니다.");
    expect(String(<InboxPage page={makePage()} inbox={inbox} kind="MENTION" />)).toContain(
      "아직 언급 알림이 없습니다.",
    );
  });
});

describe("conversations", () => {
  test("list their rooms with last line, unread count and an empty state", () => {
    const html = String(
      <RoomsPage
        page={makePage()}
        list={{ rooms: [makeRoom()], isRequests: false, requestCount: 0, before: undefined, position: "q1" }}
      />,
    );
    expect(html).toContain('<li id="room-5" class="room-row" data-room-id="5">');
    expect(html).toMatch(/class="last-message"[^>]*>내일 봐요</);
    expect(html).toMatch(/class="unread badge"[^>]*>3</);
    const empty = String(
      <RoomsPage
        page={makePage()}
        list={{ rooms: [], isRequests: false, requestCount: 0, before: undefined, position: "q1" }}
      />,
    );
    expect(empty).toContain("아직 나눈 대화가 없습니다.");
  });

  test("have the line of new messages above the first unread one from somebody else", () => {
    const messages = [
      makeMessage({ id: 80 }),
      makeMessage({ id: 81, author: alice }),
      makeMessage({ id: 82 }),
      makeMessage({ id: 83 }),
    ];
    const html = String(
      <RoomPage page={makePage()} roomPage={makeRoomPage({ messages, readUpTo: 80, unreadCount: 2 })} />,
    );
    const order = [...html.matchAll(/id="(new-line|message-\d+)"/g)].map((match) => match[1]);
    expect(order).toEqual(["message-80", "message-81", "new-line", "message-82", "message-83"]);
    expect(html).toContain("새 메시지 2개");
    expect(html).toMatch(/class="message follows[^"]*"[^>]*data-message-id="83"/);
  });

  test("B2, B3: have the day above that line", () => {
    const messages = [makeMessage({ id: 82 })];
    const html = String(
      <RoomPage page={makePage()} roomPage={makeRoomPage({ messages, readUpTo: 80, unreadCount: 1 })} />,
    );
    expect(html.indexOf('class="day"')).toBeLessThan(html.indexOf('id="new-line"'));
  });

  test("have a day above the first message of each local day", () => {
    const messages = [makeMessage({ id: 1, createdAtMs: NOW_MS - 86_400_000 }), makeMessage({ id: 2 })];
    const html = String(<RoomPage page={makePage()} roomPage={makeRoomPage({ messages })} />);
    expect([...html.matchAll(/<div class="day">([^<]+)/g)].map((match) => match[1])).toEqual(["어제", "오늘"]);
  });

  test("send without script, once however often the same form is posted", () => {
    const html = String(<RoomPage page={makePage()} roomPage={makeRoomPage()} clientId="c0ffee" />);
    expect(html).toContain('method="post" action="/messages/5" enctype="multipart/form-data" hx-stomp:send="/chat/5"');
    expect(html).toContain('name="clientId" value="c0ffee"');
    expect(html).toMatch(/<noscript><form method="post" action="\/messages\/5\/read"/);
  });

  test("show the other's presence and not the reader's own", () => {
    const html = String(<RoomPage page={makePage()} roomPage={makeRoomPage({ present: [alice, bob] })} />);
    expect(html.match(/class="here"/g)?.length).toBe(1);
    expect(html).toContain('class="here" data-author="bob"');
  });

  test("mark one's own messages on the page, and nobody's in a push", () => {
    const article = (me?: string) =>
      String(<MessageArticle context={makePage()} message={makeMessage({ author: bob })} me={me} />);
    expect(article("bob")).toContain('data-own=""');
    expect(article("alice")).not.toContain('data-own=""');
    expect(article()).not.toContain('data-own=""');
  });
});

describe("pushes", () => {
  test("are nothing but partials, each with a target and a way to swap", () => {
    for (const [name, html] of everyPush(makePage())) {
      const outside = html.replace(/<hx-partial [^>]*>[\s\S]*?<\/hx-partial>/g, "");
      expect([name, outside]).toEqual([name, ""]);
      const opened = html.match(/<hx-partial[^>]*>/g) ?? [];
      expect(opened.length).toBeGreaterThan(0);
      for (const tag of opened) expect(tag).toMatch(/^<hx-partial hx-target="#[^"]+" hx-swap="[a-zA-Z]+">$/);
    }
  });

  test("name no reader", () => {
    for (const [name, html] of everyPush(makePage())) {
      if (name !== "presence") expect([name, html.includes("alice")]).toEqual([name, name === "message-said"]);
      expect([name, /data-own(?!-only)/.test(html)]).toEqual([name, false]);
    }
  });

  test("to somebody's queue always carry both counts", () => {
    for (const [name, html] of everyPush(makePage())) {
      if (!/^(?:alarm|message-missed|room-changed)/.test(name)) continue;
      expect([name, html.includes('hx-target="#alarm-badge"'), html.includes(">99+<")]).toEqual([name, true, true]);
    }
  });

  test("put the first message of somebody new into the list, and only where there is no such room", () => {
    const [, html = ""] = everyPush(makePage()).find(([name]) => name === "message-missed") ?? [];
    expect(html).toContain('hx-target="#rooms:not([data-requests]):not(:has(#room-5))"');
  });
});

test("a device has a name people know", () => {
  const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140";
  expect(deviceOf(windows)).toBe("Edge, Windows");
  expect(deviceOf("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19 Safari/604")).toBe(
    "Safari, iPhone",
  );
  expect(deviceOf("curl/8.5.0")).toBe("curl");
  expect(deviceOf("")).toBeUndefined();
});
