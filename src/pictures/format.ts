import { BirdieError, invalid } from "../domain/errors.ts";

/*
 * What a file really is, by its octets; names and types that came with it count for nothing. Only what is cheap to
 * know is looked at here: whether it is a kind we show, whether it moves, and whether its end is missing.
 */

const FIELD = "picture";

/**
 * @throws BirdieError `invalid` (empty, cut off: `format`; it moves: `wrong`), `unsupported` (no JPEG, PNG, WebP or GIF)
 */
export function checkFormat(bytes: Uint8Array): void {
  if (bytes.length === 0) throw invalid({ field: FIELD, rule: "required" });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (starts(bytes, 0, 0xff, 0xd8, 0xff)) {
    // A decoder fills what is missing with grey and says nothing.
    if (!hasJpegEnd(view)) throw invalid({ field: FIELD, rule: "format" });
    return;
  }
  const moves = starts(bytes, 0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
    ? doesPngMove(view)
    : isAscii(bytes, 0, "RIFF") && isAscii(bytes, 8, "WEBP")
      ? isAscii(bytes, 12, "VP8X") && ((bytes[20] ?? 0) & 0x02) !== 0
      : isAscii(bytes, 0, "GIF87a") || isAscii(bytes, 0, "GIF89a")
        ? doesGifMove(bytes)
        : undefined;
  if (moves === undefined) throw new BirdieError("unsupported", "send a JPEG, PNG, WebP or GIF");
  // Its first frame alone is not what was meant to be sent.
  if (moves) throw invalid({ field: FIELD, rule: "wrong" });
}

/** Segments up to the first scan; behind it, the mark of the end. What some cameras put behind that is left alone. */
function hasJpegEnd(view: DataView): boolean {
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return false;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at++;
    else if (marker === 0xda) return hasPair(view, at, 0xff, 0xd9);
    else at += 2 + view.getUint16(at + 2);
  }
  return false;
}

function hasPair(view: DataView, from: number, first: number, second: number): boolean {
  for (let at = from; at + 1 < view.byteLength; at++) {
    if (view.getUint8(at) === first && view.getUint8(at + 1) === second) return true;
  }
  return false;
}

/** APNG: an `acTL` chunk before the first `IDAT`, for more than one frame. */
function doesPngMove(view: DataView): boolean {
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
    const type = view.getUint32(at + 4);
    if (type === 0x49444154) return false;
    if (type === 0x6163544c) return view.getUint32(at + 8) > 1;
  }
  return false;
}

/** More than one image descriptor. Stops at the second, however many there are. */
function doesGifMove(bytes: Uint8Array): boolean {
  let at = 13 + colorsAt(bytes, 10);
  for (let frames = 0; at < bytes.length; ) {
    const kind = bytes[at];
    if (kind === 0x21) at = skipBlocks(bytes, at + 2);
    else if (kind === 0x2c) {
      if (++frames > 1) return true;
      at = skipBlocks(bytes, at + 11 + colorsAt(bytes, at + 9));
    } else return false;
  }
  return false;
}

/** The octets of the table of colours that the flags at this place announce. */
function colorsAt(bytes: Uint8Array, at: number): number {
  const flags = bytes[at] ?? 0;
  return flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0;
}

function skipBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let size = bytes[at] ?? 0; size > 0; size = bytes[at] ?? 0) at += size + 1;
  return at + 1;
}

function starts(bytes: Uint8Array, at: number, ...octets: readonly number[]): boolean {
  return octets.every((octet, i) => bytes[at + i] === octet);
}

function isAscii(bytes: Uint8Array, at: number, text: string): boolean {
  return starts(bytes, at, ...new TextEncoder().encode(text));
}
