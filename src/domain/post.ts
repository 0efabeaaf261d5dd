import type { Person } from "./account.ts";
import { type Input, readId, readTexts } from "./input.ts";
import { type ChosenPicture, type Picture, parsePictures } from "./picture.ts";

/** A post as everybody sees it. */
export interface Post {
  readonly id: number;
  readonly author: Person;
  readonly title: string;
  /** Empty only where pictures say it all. */
  readonly body: string;
  readonly pictures: readonly Picture[];
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
  /** Empty once deleted, and where pictures say it all. */
  readonly body: string;
  readonly pictures: readonly Picture[];
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

/** `pictures`: one's own, brought in for a post and not used yet. An edit leaves them as they are. */
export interface NewPost {
  readonly title: string;
  readonly body: string;
  readonly pictures?: readonly ChosenPicture[] | undefined;
}
export interface NewComment {
  readonly body: string;
  readonly parentId: number | undefined;
  readonly pictures?: readonly ChosenPicture[] | undefined;
}

export const POST_TITLE_MAX = 120;
export const POST_BODY_MAX = 10_000;
export const COMMENT_BODY_MAX = 2_000;

/** A post as it is written; edited (`hasPictures`: it carries some), its pictures stay. @throws BirdieError `invalid` */
export function parsePost(input: Input, hasPictures = false): NewPost {
  const pictures = chosenIn(input);
  const texts = readTexts(input, {
    title: { min: 1, max: POST_TITLE_MAX },
    body: { min: pictures || hasPictures ? 0 : 1, max: POST_BODY_MAX, multiline: true },
  });
  return pictures ? { ...texts, pictures } : texts;
}

/** Likewise. @throws BirdieError `invalid` */
export function parseComment(input: Input, hasPictures = false): NewComment {
  const pictures = chosenIn(input);
  const min = pictures || hasPictures ? 0 : 1;
  const { body } = readTexts(input, { body: { min, max: COMMENT_BODY_MAX, multiline: true } });
  return { body, parentId: readId(input["parentId"]), ...(pictures && { pictures }) };
}

function chosenIn(input: Input): readonly ChosenPicture[] | undefined {
  const chosen = parsePictures(input["pictures"]);
  return chosen.length > 0 ? chosen : undefined;
}
