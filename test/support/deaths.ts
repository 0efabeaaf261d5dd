/** When the thread ends, as a text among the values that are written. */
export const DEATHS = {
  midway: "the thread dies here",
  beforeCommit: "the thread dies before the commit",
  afterCommit: "the thread dies after the commit, before it can say so",
  closing: "the thread dies while it closes",
  uncaught: "the thread dies of an error that nobody catches",
} as const;
