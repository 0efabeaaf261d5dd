import type { Person } from "./account.ts";
import { type Input, readId, readTexts } from "./input.ts";

/** A post as everybody sees it. */
export interface Post {
  readonly id: number;
  readonly author: Person;
  readonly title: string;
  readonly body: string;
  readonly createdAtMs: number;
  readonly editedAtMs: number | undefined;
  readonly likeCount: number;
  readonly commentCount: number;
}

/** A comment, or (with `parentId`) a reply to one. */
export interface Comment {
  readonly id: number;
  readonly postId: number;
  readonly parentId: number | undefined;
  readonly author: Person;
  /** Empty once deleted. */
  readonly body: string;
  readonly createdAtMs: number;
  readonly editedAtMs: number | undefined;
  /** Deleted, but kept as a place holder because somebody replied to it. */
  readonly isDeleted: boolean;
  readonly likeCount: number;
}

/** What differs per reader stands beside what is shown to all. */
export interface Liked<T> {
  readonly item: T;
  readonly isLikedByMe: boolean;
}

export interface Feed {
  readonly posts: readonly Liked<Post>[];
  /** The id to ask older posts with, `undefined` at the end. */
  readonly before: number | undefined;
  readonly position: string;
}

export interface Thread {
  readonly comment: Liked<Comment>;
  readonly replies: readonly Liked<Comment>[];
}

export interface PostPage {
  readonly post: Liked<Post>;
  /** Oldest first: the newest 50 threads before `?before`, or the newest at all. */
  readonly threads: readonly Thread[];
  /** The id to ask earlier threads with, `undefined` where there are none. */
  readonly before: number | undefined;
  readonly position: string;
}

export interface NewPost {
  readonly title: string;
  readonly body: string;
}
export interface NewComment {
  readonly body: string;
  readonly parentId: number | undefined;
}

export const POST_TITLE_MAX = 120;
export const POST_BODY_MAX = 10_000;
export const COMMENT_BODY_MAX = 2_000;

/** @throws BirdieError `invalid` */
export function parsePost(input: Input): NewPost {
  return readTexts(input, {
    title: { min: 1, max: POST_TITLE_MAX },
    body: { min: 1, max: POST_BODY_MAX, multiline: true },
  });
}

/** @throws BirdieError `invalid` */
export function parseComment(input: Input): NewComment {
  const { body } = readTexts(input, { body: { min: 1, max: COMMENT_BODY_MAX, multiline: true } });
  return { body, parentId: readId(input["parentId"]) };
}
