import type { AlarmKind, AlarmTarget } from "../../src/domain/alarm.ts";
import type { ErrorCode, Fault } from "../../src/domain/errors.ts";
import { limits } from "../limits.ts";
import { adminEn } from "./admin.ts";
import { choicesEn } from "./choices.ts";
import { closingEn } from "./closing.ts";
import { devicesEn } from "./devices.ts";
import { keysEn } from "./keys.ts";
import { picturesEn } from "./pictures.ts";
import { searchEn } from "./search.ts";
import { talkEn } from "./talk.ts";
import { visitsEn } from "./visits.ts";

type ErrorWords = { readonly title: string; readonly body: string };

/** Of unread messages: counted only up to a bound. */
const unread = (count: number, one: string, more: string) =>
  count >= limits.unreadMax ? `${limits.unreadMax.toLocaleString("en")}+ ${more}` : many(count, one, more);
const many = (count: number, one: string, more: string) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

const errors: Readonly<Record<ErrorCode, ErrorWords>> = {
  invalid: { title: "Something does not fit", body: "Please look at the marked fields and try again." },
  not_signed_in: { title: "Please log in", body: "This page is for members. Log in and you come right back here." },
  wrong_credentials: {
    title: "That did not match",
    body: "The user ID or the password is not right. Check both and try again.",
  },
  sign_in_ended: { title: "You were signed out", body: "Your sign-in has ended. Please log in again." },
  forbidden: { title: "Not allowed", body: "You do not have the right to do this." },
  not_found: { title: "Nothing here", body: "This page does not exist, or it is not open to you." },
  gone: { title: "This was removed", body: "What stood here has been deleted." },
  taken: { title: "Already taken", body: "Somebody else has this user ID. Please choose another one." },
  sign_up_closed: {
    title: "Sign-up is closed",
    body: "This community takes no new members right now. Ask the person who runs it.",
  },
  blocked: { title: "Cannot be delivered", body: "This member does not wish to hear from you." },
  banned: { title: "Account suspended", body: "This account may not be used. Ask the person who runs this community." },
  wrong_origin: {
    title: "Request refused",
    body: "It did not come from a page of this site. Reload the page and try again.",
  },
  too_large: { title: "Too large", body: "What you sent is too large. Shorten it and try again." },
  unsupported: { title: "Not a picture we can show", body: "Send a JPEG, PNG or WebP, or a GIF that does not move." },
  quota: {
    title: "That is enough for a day",
    body: "You have sent as many pictures as fit into one day. Tomorrow there is room again.",
  },
  full: {
    title: "No space is left",
    body: "The server has no room for anything new. Tell the person who runs this community.",
  },
  too_fast: { title: "A little slower, please", body: "That was too much at once. Wait a moment and try again." },
  too_many: {
    title: "Too many at once",
    body: "Too much is open at the same time. Close a few tabs and try again.",
  },
  unavailable: {
    title: "One moment, please",
    body: "The server cannot answer right now. Nothing is lost; try again shortly.",
  },
};

const fields: Readonly<Record<string, string>> = {
  userId: "The user ID",
  name: "The name",
  password: "The password",
  currentPassword: "The current password",
  newPassword: "The new password",
  title: "The title",
  body: "The text",
  message: "The message",
  userIds: "The list of members",
  alt: "The description of a picture",
};

function fault(of: Fault): string {
  const { field, rule, limit = 0, names } = of;
  if (field === "picture" || field === "pictures") return picturesEn.fault(of);
  const what = fields[field] ?? "This";
  switch (rule) {
    case "required":
      return `${what} is missing. Please fill it in.`;
    case "too_short":
      return `${what} is too short. Use at least ${many(limit, "character", "characters")}.`;
    case "too_long":
      return `${what} is too long. Use at most ${many(limit, "character", "characters")}.`;
    case "format":
      return field === "userId"
        ? "Use only small letters a to z, digits and _ in the user ID."
        : `${what} is not in the right form. Please check it.`;
    case "taken":
      if (field === "clientId") return "This page has sent something else already. Please send this again.";
      return `${what} is taken. Please choose another one.`;
    case "wrong":
      if (names) return `${names.join(", ")} cannot be added: no such member, or they take no messages from you.`;
      return `${what} is not right. Please type it again.`;
    case "several":
      return `More than one member is called ${(names ?? []).join(", ")}. Please give the user ID.`;
    case "too_common":
      return `${what} is one that is guessed first. Choose a longer one that only you know.`;
    default:
      return rule satisfies never;
  }
}

function alarmWho(names: readonly string[], count: number): string {
  const [first = "Somebody", second] = names;
  if (count <= 1) return first;
  if (count === 2 && second !== undefined) return `${first} and ${second}`;
  return `${first} and ${many(count - 1, "other", "others")}`;
}

function alarmDid(kind: AlarmKind, target: AlarmTarget): string {
  const isPost = target === "POST";
  if (target === "MESSAGE") return "mentioned you in a conversation.";
  switch (kind) {
    case "LIKES":
      return isPost ? "liked your post." : "liked your comment.";
    case "REPLY":
      return isPost ? "commented on your post." : "replied to your comment.";
    case "MENTION":
      return isPost ? "mentioned you in a post." : "mentioned you in a comment.";
    default:
      return kind satisfies never;
  }
}

export const en = {
  language: { own: "English", auto: "As the browser asks" },
  site: {
    skip: "Skip to content",
    nav: "Main",
    feed: "Feed",
    messages: "Messages",
    alarms: "Alarms",
    settings: "Settings",
    profile: "My page",
    logIn: "Log in",
    logOut: "Log out",
    signUp: "Sign up",
    home: "To the feed",
    offline: "Connection lost. Reconnecting…",
    restored: "Connected again.",
    unreadAlarms: (count: number) => many(count, "unread alarm", "unread alarms"),
    unreadMessages: (count: number) => unread(count, "unread message", "unread messages"),
    tagline: "Stories, alarms and chat in one quiet place.",
    save: "Save",
    cancel: "Cancel",
    edit: "Edit",
    delete: "Delete",
    more: "More",
    edited: "edited",
    back: "Back",
    count: (count: number) => count.toLocaleString("en"),
    retryAfter: (seconds: number) => `Try again in ${many(seconds, "second", "seconds")}.`,
    external: "opens in a new tab",
  },
  errors,
  somethingWrong: { title: "Something went wrong", body: "That was our fault, not yours. Please try again." },
  fault,
  accounts: {
    signUpTitle: "Join in",
    signUpLead: "All it takes is a user ID, a name and a password.",
    signUpButton: "Sign up",
    logInTitle: "Good to see you",
    logInLead: "Log in to write, like and chat.",
    logInButton: "Log in",
    haveAccount: "Already a member?",
    noAccount: "New here?",
    userId: "User ID",
    userIdHint: "3 to 20 of a to z, 0 to 9 and _. It cannot be changed later.",
    name: "Name",
    nameHint: "How others see you, up to 40 characters.",
    password: "Password",
    passwordAgain: "Please type the password again.",
    passwordHint: "At least 8 characters. A short sentence works well.",
    closed: "This community takes no new members right now.",
    closedMore: "If somebody told you about it, ask the person who runs it.",
    invited: "New members come by invitation.",
    invitedMore: "Open the link in your invitation to sign up.",
    since: (date: string) => `Member since ${date}`,
    posts: (count: number) => many(count, "post", "posts"),
    message: "Message",
    noPosts: "No posts yet.",
    noPostsOfMine: "You have not written anything yet.",
    writeFirst: "Write your first post",
    postsOf: (name: string) => `Posts by ${name}`,
  },
  settings: {
    title: "Settings",
    profile: "Profile",
    name: "Name",
    password: "Password",
    currentPassword: "Current password",
    newPassword: "New password",
    changePassword: "Change password",
    passwordNote: "All your other devices are signed out.",
    look: "Language and look",
    languageLabel: "Language",
    themeLabel: "Look",
    themes: { auto: "As the device", light: "Light", dark: "Dark" },
    signIns: "Where you are signed in",
    thisOne: "This device",
    lastUsed: "Last used",
    end: "Sign out",
    endThis: (device: string) => `Sign out ${device}`,
    endOthers: "Sign out everywhere else",
    unknownDevice: "Unknown device",
    saved: "Saved.",
    passwordSaved: "Your password was changed. Other devices are signed out.",
    ended: "That device is signed out.",
  },
  posts: {
    feedTitle: "Feed",
    write: "Write something",
    titleLabel: "Title",
    titlePlaceholder: "A title",
    bodyLabel: "Text",
    bodyHint: "**bold**, *italic*, `code`, > quote",
    bodyPlaceholder: "What is on your mind?",
    publish: "Post",
    empty: "No posts yet.",
    emptyMore: "The first one could be yours.",
    emptyOut: "Sign up and write the first one.",
    older: "Older posts",
    like: "Like",
    likes: (count: number) => many(count, "like", "likes"),
    comments: (count: number) => many(count, "comment", "comments"),
    commentsTitle: "Comments",
    noComments: "No comments yet. Be the first to say something.",
    earlierComments: "Earlier comments",
    writeComment: "Write a comment",
    sendComment: "Comment",
    reply: "Reply",
    writeReply: (name: string) => `Reply to ${name}`,
    sendReply: "Reply",
    deletedComment: "This comment was deleted.",
    deletedPost: "This post was removed.",
    cannotComment: "This post was removed. What you wrote here can still be copied.",
    editPost: "Edit post",
    editComment: "Edit comment",
    sureDeletePost: "Delete this post and its comments?",
    sureDeleteComment: "Delete this comment?",
    logInToComment: "Log in to join the conversation.",
    readMore: "Read on",
  },
  admin: adminEn,
  choices: choicesEn,
  devices: devicesEn,
  alarms: {
    title: "Alarms",
    unread: "unread",
    readAll: "Mark all as read",
    today: "Today",
    yesterday: "Yesterday",
    earlier: "Earlier",
    older: "Older alarms",
    filter: "Show",
    all: "All",
    kinds: { LIKES: "Likes", REPLY: "Comments", MENTION: "Mentions" },
    empty: "No alarms yet.",
    emptyMore: "When somebody likes or answers what you wrote, you see it here.",
    emptyKinds: {
      LIKES: "Nobody has liked anything of yours yet.",
      REPLY: "Nobody has answered you yet.",
      MENTION: "Nobody has mentioned you yet.",
    },
    emptyLink: "Look at the feed",
    showAll: "Show all alarms",
    who: alarmWho,
    did: (kind: AlarmKind, target: AlarmTarget) => ` ${alarmDid(kind, target)}`,
    /** Follows the sender's name on the wire. */
    message: alarmDid,
  },
  closing: closingEn,
  keys: keysEn,
  search: searchEn,
  visits: visitsEn,
  rooms: {
    title: "Messages",
    empty: "No conversations yet.",
    emptyMore: "Open somebody's page and press “Message”.",
    emptyLink: "Find people",
    find: "Find people",
    older: "Older conversations",
    noMessages: "Nothing said yet.",
    noMessagesMore: (name: string) => `Say hello to ${name}.`,
    pick: "Pick a conversation.",
    earlier: "Earlier messages",
    latest: "To the latest",
    beginning: "This is where the conversation begins.",
    newLine: (count: number) => unread(count, "new message", "new messages"),
    write: "Write a message",
    send: "Send",
    read: "Read",
    here: "here now",
    typing: (name: string) => `${name} is typing…`,
    markRead: "Mark as read",
    deleted: "This message was deleted.",
    lastDeleted: "Message deleted",
    conversation: (name: string) => `Conversation with ${name}`,
    alone: "Only you",
    mine: "You: ",
    by: (name: string) => `${name}: `,
    unread: (count: number) => unread(count, "unread", "unread"),
  },
  talk: talkEn,
  pictures: picturesEn,
};

/** Every word Birdie says. The other languages have exactly these keys. */
export type Words = typeof en;
