/** The ids that pushed fragments aim at. Made here only, so that a page and a push can never disagree. */
export const ids = {
  alarmBadge: "alarm-badge",
  messageBadge: "message-badge",
  /** Of admins: how many reports wait. */
  reportBadge: "report-badge",
  alarms: "alarms",
  rooms: "rooms",
  messages: "messages",
  presence: "presence",
  typing: "typing",
  composer: "composer",
  comments: "comments",
  feed: "feed",
  /** The banner that says how the connection stands. */
  connection: "connection",
  /** `<title>`. */
  tabTitle: "tab-title",
  /** Where the script speaks to screen readers. */
  announcer: "announcer",
  /** `<data>` whose value is the id up to which everybody has read a room. */
  readMark: "read-mark",
  /** The line above the first unread message. */
  newLine: "new-line",
  held: "held",
  alarm: (key: number) => `alarm-${key}`,
  alarmDot: (key: number) => `alarm-${key}-dot`,
  post: (id: number) => `post-${id}`,
  postTitle: (id: number) => `post-${id}-title`,
  postPictures: (id: number) => `post-${id}-pictures`,
  commentPictures: (id: number) => `comment-${id}-pictures`,
  postBody: (id: number) => `post-${id}-body`,
  postEdited: (id: number) => `post-${id}-edited`,
  comment: (id: number) => `comment-${id}`,
  /** Head, text and buttons of a comment, without its replies. */
  commentMain: (id: number) => `comment-${id}-main`,
  commentBody: (id: number) => `comment-${id}-body`,
  replies: (commentId: number) => `comment-${commentId}-replies`,
  /** The button of it. */
  like: (kind: "post" | "comment" | "message", id: number) => `${kind}-${id}-like`,
  likeCountOfPost: (id: number) => `post-${id}-likes`,
  likeCountOfComment: (id: number) => `comment-${id}-likes`,
  commentCount: (postId: number) => `post-${postId}-comments`,
  room: (id: number) => `room-${id}`,
  request: (roomId: number) => `request-${roomId}`,
  roomLast: (id: number) => `room-${id}-last`,
  roomTime: (id: number) => `room-${id}-time`,
  roomUnread: (id: number) => `room-${id}-unread`,
  message: (id: number) => `message-${id}`,
  messageLikes: (id: number) => `message-${id}-likes`,
  /** The quote of a message, in everything that answers it. */
  quoteOf: (id: number) => `quote-of-${id}`,
  /** Of the open room. */
  members: "members",
  memberCount: "member-count",
  roomName: "room-name",
  /** Why nothing can be said in the open room; hidden where it can. */
  roomState: "room-state",
  /** How many requests wait; its `data-count` is 0 where none does. */
  requestCount: "request-count",
  /** `<data>` that names whom the reader has blocked. */
  blocked: "blocked",
  /** In a room of two: that it is the reader who has blocked the other. */
  closedByMe: "closed-by-me",
  messageBody: (id: number) => `message-${id}-body`,
} as const;
