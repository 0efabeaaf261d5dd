interface Size {
  readonly width: number;
  readonly height: number;
}

const widthMax = 240;
const heightMax = 280;
const sideMin = 72;

/** How large a picture stands in a conversation, in px: whole where that can be, cut where it is very long or very wide. */
export function shownSize({ width, height }: Size): Size {
  const scale = Math.min(1, widthMax / width, heightMax / height);
  const within = (px: number, max: number) => Math.min(max, Math.max(sideMin, Math.round(px * scale)));
  return { width: within(width, widthMax), height: within(height, heightMax) };
}
