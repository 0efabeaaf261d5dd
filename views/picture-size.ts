interface Size {
  readonly width: number;
  readonly height: number;
}

const inTalk: Size = { width: 240, height: 280 };
/** Alone under a post, where the column is wide. */
export const underPost: Size = { width: 672, height: 560 };
const sideMin = 72;

/**
 * How large a picture stands in a conversation, in px: whole where that can be, cut where it is very long or very wide.
 * `max`: somewhere else.
 */
export function shownSize({ width, height }: Size, max: Size = inTalk): Size {
  const scale = Math.min(1, max.width / width, max.height / height);
  const within = (px: number, most: number) => Math.min(most, Math.max(sideMin, Math.round(px * scale)));
  return { width: within(width, max.width), height: within(height, max.height) };
}
