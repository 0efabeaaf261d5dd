/** The bounds the browser counts along with, in code points. The domain decides; a test holds the two together. */
export const limits = {
  userIdMax: 20,
  nameMax: 40,
  passwordMax: 128,
  titleMax: 120,
  postMax: 10_000,
  commentMax: 2_000,
  messageMax: 4_000,
  roomNameMax: 60,
  /** Unread messages are counted up to here; what says so means "at least". */
  unreadMax: 1_000,
  reasonMax: 500,
  picturesMax: 4,
  altMax: 250,
  /** In octets; a setting, of which this is the default. */
  pictureBytesMax: 10_485_760,
} as const;
