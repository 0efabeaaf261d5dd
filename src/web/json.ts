import { clockOf } from "../../views/choices.tsx";
import { paths } from "../../views/paths.ts";
import type { Counts, Person, Profile, SignIn } from "../domain/account.ts";
import type { Alarm, Inbox } from "../domain/alarm.ts";
import type { Choices } from "../domain/choices.ts";
import type { Picture } from "../domain/picture.ts";
import type { Comment, Feed, Liked, Post, PostPage } from "../domain/post.ts";
import type { PushDevice } from "../service/pushes.ts";

/*
 * What programs get of posts and alarms. Times are ISO 8601 in UTC, what is absent is null, people are
 * {userId, name}. Lists carry `before` (the value of ?before= for the next page, null at the end) and `position`
 * (the `resume` of a subscription that goes on from here).
 */

/** The addresses are paths of this site. */
export function pictureJson({ id, width, height, alt }: Picture) {
  return { id, url: paths.picture(id), smallUrl: paths.smallPicture(id), width, height, alt };
}

/** {id, author, title, body, pictures, createdAt, editedAt, likeCount, commentCount} */
export function postJson(post: Post) {
  const { id, author, title, body, likeCount, commentCount } = post;
  const pictures = post.pictures.map(pictureJson);
  return { id, author: personJson(author), title, body, pictures, ...times(post), likeCount, commentCount };
}

/** {id, postId, parentId, author, body, pictures, createdAt, editedAt, isDeleted, likeCount} */
export function commentJson(comment: Comment) {
  const { id, postId, parentId, author, body, isDeleted, likeCount } = comment;
  return {
    id,
    postId,
    parentId: parentId ?? null,
    author: personJson(author),
    body,
    pictures: comment.pictures.map(pictureJson),
    ...times(comment),
    isDeleted,
    likeCount,
  };
}

/** {posts: [post and isLikedByMe], before, position} */
export function feedJson({ posts, before, position }: Feed) {
  return { posts: posts.map(likedPostJson), before: before ?? null, position };
}

/** {userId, name, createdAt, postCount} */
export function profileJson({ createdAtMs, ...profile }: Profile) {
  return { ...profile, createdAt: iso(createdAtMs) };
}

/** {id, userAgent, address, createdAt, lastUsedAt, isThisOne} */
export function signInJson({ createdAtMs, lastUsedAtMs, ...signIn }: SignIn) {
  return { ...signIn, createdAt: iso(createdAtMs), lastUsedAt: iso(lastUsedAtMs) };
}

/** {id, endpoint, userAgent, createdAt, sentAt, failure, isThisSignIn} */
export function deviceJson({ createdAtMs, sentAtMs, failure, ...device }: PushDevice) {
  const sentAt = sentAtMs === undefined ? null : iso(sentAtMs);
  return { ...device, createdAt: iso(createdAtMs), sentAt, failure: failure ?? null };
}

/** {post, threads: [comment, isLikedByMe and replies], before, position} */
export function postPageJson({ post, threads, before, position }: PostPage) {
  return {
    post: likedPostJson(post),
    threads: threads.map(({ comment, replies }) => ({
      ...likedCommentJson(comment),
      replies: replies.map(likedCommentJson),
    })),
    before: before ?? null,
    position,
  };
}

/**
 * {id, key, type, actors, actorCount, target, postId, roomId, replyId, content, isRead, createdAt}: `id` is that of this
 * raise (the order, `upTo`), `key` that of the row over all its raises; `actors` are the latest two.
 */
export function alarmJson(alarm: Alarm) {
  const { id, key, kind, actors, actorCount, target, postId, roomId, replyId, excerpt, isRead, createdAtMs } = alarm;
  return {
    id,
    key,
    type: kind,
    actors: actors.map(personJson),
    actorCount,
    target,
    postId,
    roomId: roomId ?? null,
    replyId: replyId ?? null,
    content: excerpt,
    isRead,
    createdAt: iso(createdAtMs),
  };
}

/** {alarms, before, position} */
export function inboxJson({ alarms, before, position }: Inbox) {
  return { alarms: alarms.map(alarmJson), before: before ?? null, position };
}

/**
 * {alarmsOff: [kind], quiet: {from: "22:00", to: "07:00"} or null, hidesPushContent, openTo, sendsReceipts, sendsTyping,
 * chosen: {sendsReceipts, sendsTyping}, mutedPosts: [{id, title}]}. What holds, and what of it one has chosen: null where it
 * is as the community has it.
 */
export function choicesJson({ quiet, mutedPosts, sendsReceipts, sendsTyping, community, ...choices }: Choices) {
  return {
    ...choices,
    sendsReceipts: sendsReceipts ?? community.sendsReceipts,
    sendsTyping: sendsTyping ?? community.sendsTyping,
    chosen: { sendsReceipts: sendsReceipts ?? null, sendsTyping: sendsTyping ?? null },
    quiet: quiet ? { from: clockOf(quiet.fromMin), to: clockOf(quiet.toMin) } : null,
    mutedPosts: mutedPosts.map(({ id, title }) => ({ id, title })),
  };
}

/** The names that MESSAGEs on a queue use as well. */
export function countsJson({ unreadAlarmCount, unreadMessageCount }: Counts) {
  return { unreadAlarmCount, unreadMessageCnt: unreadMessageCount };
}

function likedPostJson({ item, isLikedByMe }: Liked<Post>) {
  return { ...postJson(item), isLikedByMe };
}

function likedCommentJson({ item, isLikedByMe }: Liked<Comment>) {
  return { ...commentJson(item), isLikedByMe };
}

function personJson({ userId, name }: Person): Person {
  return { userId, name };
}

function times({ createdAtMs, editedAtMs }: { readonly createdAtMs: number; readonly editedAtMs: number | undefined }) {
  return { createdAt: iso(createdAtMs), editedAt: editedAtMs === undefined ? null : iso(editedAtMs) };
}

/** A time as every answer has it: ISO 8601 in UTC. */
export const iso = (ms: number) => new Date(ms).toISOString();
