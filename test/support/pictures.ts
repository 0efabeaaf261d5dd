import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { encodePicture } from "../../src/pictures/encode.ts";
import { createPictureStore } from "../../src/pictures/store.ts";
import { createPictures, type Pictures, type PicturesOptions } from "../../src/service/pictures.ts";
import { testFolder } from "./folder.ts";
import type { Member, TestServer } from "./server.ts";

/** Pictures in a folder of their own, by the same parts as in the product. */
export function testPictures(
  options: Pick<PicturesOptions, "database" | "nowMs" | "check"> &
    Partial<PicturesOptions> & { readonly folder?: string },
): Pictures {
  const { folder = join(testFolder(), "uploads"), ...rest } = options;
  return createPictures({
    limits: { bytes: 10_485_760, bytesPerDay: 104_857_600 },
    encode: (bytes) => encodePicture(bytes, 50_000_000),
    store: createPictureStore(folder),
    report(error) {
      throw error;
    },
    ...rest,
  });
}

/** What the routes of posts want besides posts: pictures for those, in a folder of their own. */
export function postPictures(parts: Pick<PicturesOptions, "database" | "nowMs">) {
  const pictures = testPictures({ ...parts, check: () => Promise.reject(new Error("there are no rooms here")) });
  return { pictures, pictureBytes: 10_485_760 };
}

const QUARTERS = [
  [230, 30, 30],
  [30, 180, 30],
  [30, 30, 230],
  [250, 250, 250],
];

/** A PNG of one colour per quarter, so that it can be seen which side is up: red, green; blue, white. */
export function pngOf(width: number, height: number): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = QUARTERS[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)] ?? [];
      rows.set(colour, y * (1 + width * 3) + 1 + x * 3);
    }
  }
  return pngWith(width, height, [chunk("IDAT", deflateSync(rows))]);
}

/** A PNG that says it is so large, whatever is in it. */
export function pngWith(width: number, height: number, chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(13);
  new DataView(head.buffer).setUint32(0, width);
  new DataView(head.buffer).setUint32(4, height);
  head.set([8, 2], 8);
  return join8([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", head),
    ...chunks,
    chunk("IEND"),
  ]);
}

export function chunk(type: string, data: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const body = join8([new TextEncoder().encode(type), data]);
  const [size, sum] = [new Uint8Array(4), new Uint8Array(4)];
  new DataView(size.buffer).setUint32(0, data.length);
  new DataView(sum.buffer).setUint32(0, Bun.hash.crc32(body));
  return join8([size, body, sum]);
}

/** A GIF of so many frames. */
export function gifOf(frames: number): Uint8Array<ArrayBuffer> {
  const frame = Uint8Array.of(
    ...[0x21, 0xf9, 4, 0, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, 4, 0, 4, 0, 0, 2, 5, 0x84, 0x8f, 0xa9, 0xcb, 0x5a, 0],
  );
  const head = Uint8Array.of(...[4, 0, 4, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
  return join8([
    new TextEncoder().encode("GIF89a"),
    head,
    ...Array<Uint8Array>(frames).fill(frame),
    Uint8Array.of(0x3b),
  ]);
}

/** A JPEG of the picture above, with an EXIF that turns it by this orientation and says where it was taken. */
export async function jpegOf(width: number, height: number, orientation = 1): Promise<Uint8Array<ArrayBuffer>> {
  const jpeg = await new Bun.Image(pngOf(width, height)).jpeg({ quality: 90 }).bytes();
  const words = new TextEncoder().encode("GPS 37.5665 126.9780 secret-place");
  const tiff = Uint8Array.of(
    ...[0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
  );
  const exif = join8([new TextEncoder().encode("Exif\0\0"), tiff, words]);
  const comment = new TextEncoder().encode("secret-comment");
  return join8([jpeg.subarray(0, 2), segment(0xe1, exif), segment(0xfe, comment), jpeg.subarray(2)]);
}

/** A progressive JPEG of one colour; behind the scan that says so, so many that say nothing, in some 14 octets each. */
export function jpegOfScans(px: number, scans: number): Uint8Array<ArrayBuffer> {
  const size = [px >> 8, px & 0xff];
  const table = (kind: number, symbol: number) =>
    segment(0xc4, Uint8Array.of(kind, 1, ...Array<number>(15).fill(0), symbol));
  const blocks = Math.ceil(px / 8) ** 2;
  const first = join8([segment(0xda, Uint8Array.of(1, 1, 0, 0, 0, 0)), new Uint8Array(Math.ceil(blocks / 8))]);
  // One bit for "a run of blocks without anything", 14 for how long: the longest there is.
  const runs = "011111111111110".repeat(Math.ceil(blocks / 32_766)).replaceAll(/.{1,8}/g, (bits) => {
    const octet = Number.parseInt(bits.padEnd(8, "1"), 2);
    return String.fromCharCode(...(octet === 0xff ? [octet, 0] : [octet]));
  });
  const empty = join8([segment(0xda, Uint8Array.of(1, 1, 0, 1, 63, 0)), Uint8Array.from(runs, (c) => c.charCodeAt(0))]);
  return join8([
    Uint8Array.of(0xff, 0xd8),
    segment(0xdb, Uint8Array.of(0, ...Array<number>(64).fill(1))),
    segment(0xc2, Uint8Array.of(8, ...size, ...size, 1, 1, 0x11, 0)),
    table(0x00, 0),
    table(0x10, 0xe0),
    first,
    ...Array<Uint8Array>(scans - 1).fill(empty),
    Uint8Array.of(0xff, 0xd9),
  ]);
}

function segment(marker: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = data.length + 2;
  return join8([Uint8Array.of(0xff, marker, size >> 8, size & 0xff), data]);
}

export function join8(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Brings a picture in over HTTP, as a program does: for a room, or (0) for posts and comments. */
export async function upload(
  server: Pick<TestServer, "url">,
  member: Pick<Member, "token">,
  roomId: number,
  bytes: Uint8Array<ArrayBuffer>,
  more: { readonly name?: string; readonly type?: string; readonly fields?: Readonly<Record<string, string>> } = {},
) {
  const form = new FormData();
  for (const [name, value] of Object.entries(more.fields ?? {})) form.set(name, value);
  form.set("picture", new File([bytes], more.name ?? "bird.png", { type: more.type ?? "image/png" }));
  const headers = { accept: "application/json", authorization: `Bearer ${member.token}` };
  const path = roomId === 0 ? "/posts/pictures" : `/messages/${roomId}/pictures`;
  const answer = await fetch(server.url + path, { method: "POST", headers, body: form });
  const text = await answer.text();
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  return { status: answer.status, json: JSON.parse(text) as any };
}
