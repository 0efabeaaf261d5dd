/** Profiles of screens and cameras are below 4 KiB; those of printers say nothing about a WebP. */
const PROFILE_BYTES_MAX = 65_536;
const HAS_PROFILE = 0x20;

/**
 * A WebP (RFC 9649 2.7) whose profile of colours is no larger than those of real pictures: it is taken over from the file
 * as it is, and one of 15 KB in a PNG had become 16 MB on disk.
 */
export function withoutLargeProfile(webp: Uint8Array): Uint8Array {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  // RIFF, its size, WEBP; VP8X of ten octets; then ICCP, where there is one.
  const at = 30;
  if (webp.length < at + 8 || view.getUint32(12) !== 0x56503858 || view.getUint32(at) !== 0x49434350) return webp;
  const bytes = view.getUint32(at + 4, true);
  if (bytes <= PROFILE_BYTES_MAX) return webp;
  const rest = webp.subarray(at + 8 + bytes + (bytes % 2));
  const whole = new Uint8Array(at + rest.length);
  whole.set(webp.subarray(0, at));
  whole.set(rest, at);
  whole[20] = (whole[20] ?? 0) & ~HAS_PROFILE;
  new DataView(whole.buffer).setUint32(4, whole.length - 8, true);
  return whole;
}
