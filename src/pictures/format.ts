import { BirdieError, invalid } from "../domain/errors.ts";

/*
 * What a file really is, by its octets; names and types that came with it count for nothing. Only what is cheap to
 * know is looked at here: whether it is a kind we show, whether it moves, and whether its end is missing.
 */

const FIELD = "picture";
/** Of a JPEG. Encoders write about ten, those that try hard twenty. */
const SCANS_MAX = 32;
/** As it stands in the file. Those of screens are below 4 KiB. */
const PNG_PROFILE_BYTES_MAX = 16_384;
const [IDAT, ACTL, ICCP] = ["IDAT", "acTL", "iCCP"].map(typeOf) as [number, number, number];
/** What a PNG is shown by, and nothing that is only told about it. */
const PNG_SHOWN: ReadonlySet<number> = new Set(
  ["IHDR", "PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "iCCP", "IDAT", "IEND"].map(typeOf),
);

/**
 * @throws BirdieError `invalid` (empty, cut off, more scans than JPEGs have: `format`; it moves: `wrong`),
 * `unsupported` (no JPEG, PNG, WebP or GIF)
 */
export function checkFormat(bytes: Uint8Array): void {
  if (bytes.length === 0) throw invalid({ field: FIELD, rule: "required" });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (starts(bytes, 0, 0xff, 0xd8, 0xff)) {
    // A decoder fills what is missing with grey and says nothing.
    if (!isWholeJpeg(view)) throw invalid({ field: FIELD, rule: "format" });
    return;
  }
  const moves = isPng(bytes)
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

/**
 * Whether its end is there, after no more scans than files have. Each is another way over all pixels, even one of a dozen
 * octets that says nothing: 1,200 of them had cost ten seconds. What some cameras put behind the end is left alone.
 */
function isWholeJpeg(view: DataView): boolean {
  let scans = 0;
  for (let at = 2; at + 2 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return false;
    const marker = view.getUint8(at + 1);
    if (marker === 0xd9) return scans > 0;
    if (marker === 0xff) at++;
    else {
      if (at + 4 > view.byteLength) return false;
      if (marker === 0xda && ++scans > SCANS_MAX) return false;
      at += 2 + view.getUint16(at + 2);
      if (scans > 0) at = nextMarker(view, at);
    }
  }
  return false;
}

/** The first mark that ends a scan: an escaped 0xff does not, nor do the marks to start again from (T.81 B.1.1). */
function nextMarker(view: DataView, from: number): number {
  for (let at = from; at + 1 < view.byteLength; at++) {
    if (view.getUint8(at) !== 0xff) continue;
    const next = view.getUint8(at + 1);
    if (next !== 0x00 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return view.byteLength;
}

/** APNG: an `acTL` chunk before the first `IDAT`, for more than one frame. */
function doesPngMove(view: DataView): boolean {
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
    const type = view.getUint32(at + 4);
    if (type === IDAT) return false;
    if (type === ACTL) return view.getUint32(at + 8) > 1;
  }
  return false;
}

/**
 * The octets that are worth decoding. A PNG goes without its texts, and with one profile of colours: a decoder would unpack
 * each of them, a thousand times as large, and keep them all (8 MB had become 4 GB).
 */
export function withoutTexts(bytes: Uint8Array): Uint8Array {
  if (!isPng(bytes)) return bytes;
  const shown = bytes.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size = 8;
  let profiles = 0;
  for (let at = size, end = at; at + 12 <= bytes.length; at = end) {
    const type = view.getUint32(at + 4);
    end = Math.min(at + 12 + view.getUint32(at), bytes.length);
    if (!PNG_SHOWN.has(type)) continue;
    if (type === ICCP && (end - at > PNG_PROFILE_BYTES_MAX || ++profiles > 1)) continue;
    shown.copyWithin(size, at, end);
    size += end - at;
  }
  return shown.subarray(0, size);
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

/** Of a chunk of a PNG: its four letters as one number. */
function typeOf(name: string): number {
  return new DataView(new TextEncoder().encode(name).buffer).getUint32(0);
}

function isPng(bytes: Uint8Array): boolean {
  return starts(bytes, 0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
}

function starts(bytes: Uint8Array, at: number, ...octets: readonly number[]): boolean {
  return octets.every((octet, i) => bytes[at + i] === octet);
}

function isAscii(bytes: Uint8Array, at: number, text: string): boolean {
  return starts(bytes, at, ...new TextEncoder().encode(text));
}
