import { BirdieError, invalid } from "../domain/errors.ts";
import { checkFormat, withoutTexts } from "./format.ts";
import { withoutLargeProfile } from "./profile.ts";

/** A picture as it is kept: two forms, made of nothing but its pixels. */
export interface Encoded {
  readonly width: number;
  readonly height: number;
  /** WebP, at most LARGE_PX in either direction. */
  readonly large: Uint8Array;
  /** WebP, at most SMALL_PX: twice what a list shows. */
  readonly small: Uint8Array;
}

const LARGE_PX = 2_048;
const SMALL_PX = 640;

/**
 * Decodes a picture, turns it upright, and encodes it anew, off the main thread: places, cameras, comments and whatever
 * stood behind its end are gone.
 * @throws BirdieError `invalid`, `unsupported`, `too_large` (more than `pixelsMax`, known before anything is decoded)
 */
export async function encodePicture(bytes: Uint8Array, pixelsMax: number): Promise<Encoded> {
  checkFormat(bytes);
  try {
    const image = new Bun.Image(withoutTexts(bytes), { maxPixels: pixelsMax });
    const large = withoutLargeProfile(await within(image, LARGE_PX).webp({ quality: 84 }).bytes());
    const { width, height } = await new Bun.Image(large).metadata();
    const small = await within(new Bun.Image(large), SMALL_PX).webp({ quality: 80 }).bytes();
    return { width, height, large, small };
  } catch (error) {
    throw refusalOf(error);
  }
}

function within(image: Bun.Image, px: number): Bun.Image {
  return image.resize(px, px, { fit: "inside", withoutEnlargement: true });
}

function refusalOf(error: unknown): unknown {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_IMAGE_TOO_MANY_PIXELS") return new BirdieError("too_large", "the picture has too many pixels");
  if (code === "ERR_IMAGE_DECODE_FAILED" || code === "ERR_IMAGE_ENCODE_FAILED") {
    return invalid({ field: "picture", rule: "format" });
  }
  if (code === "ERR_IMAGE_UNKNOWN_FORMAT" || code === "ERR_IMAGE_FORMAT_UNSUPPORTED") {
    return new BirdieError("unsupported", "send a JPEG, PNG, WebP or GIF");
  }
  return error;
}
