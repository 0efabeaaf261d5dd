import { shownSize } from "../picture-size.ts";
import { make } from "./page.ts";
import { fileOf } from "./picture-files.ts";

/** A picture of a message that is not sent yet. */
export interface Chosen {
  /** A UUID: names its file on this device, and keeps the server from storing it twice. */
  readonly key: string;
  readonly alt: string;
  /** Of the picture itself, upright; 0 where the browser cannot read it. */
  readonly width: number;
  readonly height: number;
  /** Once the server has it. */
  readonly id?: string;
}

/** A file as the browser reads it, upright; undefined where it cannot. */
export async function read(file: Blob): Promise<ImageBitmap | undefined> {
  return createImageBitmap(file).catch(() => undefined);
}

/** On a canvas, because an address of a file on this device is none that a page of ours may show. */
export function draw(
  canvas: HTMLCanvasElement,
  bitmap: ImageBitmap,
  { width, height }: { width: number; height: number },
) {
  const density = Math.min(2, devicePixelRatio || 1);
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  // As `object-fit: cover`.
  const scale = Math.max(canvas.width / bitmap.width, canvas.height / bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  const context = canvas.getContext("2d");
  if (context) context.imageSmoothingQuality = "high";
  context?.drawImage(bitmap, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
}

/** The pictures of a message before the server shows them, in the same room. */
export function previews(pictures: readonly Chosen[]): HTMLElement {
  const block = make("div", "pictures");
  block.dataset["count"] = String(pictures.length);
  for (const { key, alt, width, height } of pictures) {
    const size = width > 0 ? shownSize({ width, height }) : { width: 120, height: 120 };
    const canvas = make("canvas", "", "", { role: "img", "aria-label": alt });
    // Several stand in a grid, whose style knows their size.
    if (pictures.length === 1) {
      canvas.style.width = `${size.width}px`;
      canvas.style.height = `${size.height}px`;
    }
    const frame = make("span", "picture");
    frame.append(canvas);
    block.append(frame);
    void show(canvas, key, size);
  }
  return block;
}

async function show(canvas: HTMLCanvasElement, key: string, size: { width: number; height: number }): Promise<void> {
  const file = await fileOf(key);
  const bitmap = file && (await read(file));
  if (!bitmap) return;
  draw(canvas, bitmap, size);
  bitmap.close();
}
