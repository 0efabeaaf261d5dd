import { limits } from "../limits.ts";
import { make, makeButton } from "./page.ts";
import { fileOf, forgetFile, keepFile } from "./picture-files.ts";
import { type Chosen, draw, read } from "./picture-preview.ts";
import { keep, onKept, recall, recallAll } from "./storage.ts";
import { Unfit, type Uploads, pictureWords as words } from "./uploads.ts";
import { newUuid } from "./uuid.ts";

/** One picture above the box. */
interface Item {
  chosen: Chosen;
  readonly file: Blob;
  readonly row: HTMLLIElement;
  readonly progress: HTMLProgressElement;
  state: "loading" | "done" | "waiting" | "failed";
  /** Why it failed. */
  why: string;
  /** Whether it is of any use to try it again. */
  mayPass: boolean;
}

const sidePx = 72;
let order = 0;

/**
 * The pictures that will be sent with the next message, post or comment: chosen, pasted or dropped; brought to the server
 * at once, where that can be, and kept over reloads until they are sent.
 */
export class PictureStrip {
  readonly #uploads: Uploads;
  readonly #name: string;
  readonly #box: HTMLElement;
  readonly #changed: () => void;
  readonly #list = make("ul", "strip-items");
  readonly #fault = make("p", "strip-fault", "", { role: "alert" });
  readonly #alt = make("input", "strip-alt", "", { type: "text", maxlength: String(limits.altMax), dir: "auto" });
  readonly #strip = make("div", "strip", "", { role: "group", "aria-label": words.chosen });
  #items: readonly Item[] = [];
  #described: Item | undefined;

  /** It stands before `before`. `name`: of the room, or of the draft, that they are kept for. */
  constructor(before: HTMLElement, box: HTMLElement, name: string, uploads: Uploads, changed = () => {}) {
    this.#uploads = uploads;
    this.#name = `pictures:${name}:`;
    this.#changed = changed;
    this.#box = box;
    this.#alt.hidden = true;
    this.#strip.append(this.#list, this.#alt, this.#fault);
    this.#strip.hidden = true;
    before.before(this.#strip);
    this.#alt.addEventListener("input", () => {
      const { value } = this.#alt;
      if (this.#described) this.#change(this.#described, { alt: value.trim() });
    });
    this.#alt.addEventListener("keydown", (event) => {
      if ((event.key !== "Enter" && event.key !== "Escape") || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      event.stopPropagation();
      const described = this.#described;
      this.#describe(undefined);
      described?.row.querySelector<HTMLElement>(".strip-describe")?.focus();
    });
    document.addEventListener("stomp:connected", () => {
      for (const item of this.#items) if (item.state === "waiting") this.#bring(item);
    });
    void this.#restore();
    onKept(this.#name, () => void this.#follow());
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Adds what fits, and says what does not. */
  async add(files: readonly File[]): Promise<void> {
    let fault = "";
    for (const file of files) {
      const unfit = this.#uploads.unfit(file);
      if (unfit) fault = unfit;
      else if (this.#items.length >= limits.picturesMax) {
        fault = words.fault({ rule: "too_long", limit: limits.picturesMax });
        break;
      } else {
        const chosen = { key: newUuid(), alt: "", width: 0, height: 0 };
        // First, so that another tab that hears of it finds it.
        await keepFile(chosen.key, file);
        this.#keep(chosen);
        this.#bring(this.#put(chosen, file));
      }
    }
    this.#say(fault || this.#reasons);
  }

  /** Once the server has them all: they, which stay here. Undefined: it has not, and why is said. */
  async settled(): Promise<readonly Chosen[] | undefined> {
    for (const item of this.#items) if (item.state === "waiting") this.#bring(item);
    const loading = this.#items.filter(({ state }) => state === "loading");
    await Promise.allSettled(loading.map(({ chosen, file }) => this.#uploads.bring(chosen.key, file)));
    if (this.#hasFailed()) return undefined;
    const isWaiting = this.#items.some(({ state }) => state !== "done");
    if (isWaiting) this.#say(words.waiting);
    return isWaiting ? undefined : this.#items.map(({ chosen }) => chosen);
  }

  /** Takes all of them for a message. Undefined: one of them has failed, which is said. */
  take(): readonly Chosen[] | undefined {
    if (this.#hasFailed()) return undefined;
    const taken = this.#items.map(({ chosen }) => chosen);
    for (const { row, chosen } of this.#items) {
      row.remove();
      this.#forget(chosen);
    }
    this.#items = [];
    this.#describe(undefined);
    this.#say("");
    return taken;
  }

  #hasFailed(): boolean {
    const failed = this.#items.filter(({ state }) => state === "failed");
    if (!failed[0]) return false;
    this.#say([words.mendFirst(failed.length), this.#reasons].join("\n"));
    failed[0].row.querySelector<HTMLElement>("button:not([hidden], .strip-describe)")?.focus();
    return true;
  }

  #put(chosen: Chosen, file: Blob): Item {
    const canvas = make("canvas", "", "", { "aria-hidden": "true" });
    const row = make("li", "strip-item");
    const progress = make("progress", "");
    const item: Item = { chosen, file, row, progress, state: chosen.id ? "done" : "loading", why: "", mayPass: true };
    const describe = makeButton("strip-describe", words.describeShort, () => this.#describe(item));
    const remove = makeButton("strip-remove", "×", () => this.#remove(item));
    const retry = makeButton("strip-retry", words.retry, () => this.#bring(item));
    row.append(canvas, progress, retry, describe, remove);
    this.#list.append(row);
    this.#items = [...this.#items, item];
    void read(file).then((bitmap) => {
      if (!bitmap) return;
      const { width, height } = bitmap;
      draw(canvas, bitmap, { width: sidePx, height: sidePx });
      bitmap.close();
      this.#change(item, { width, height });
    });
    return item;
  }

  #bring(item: Item): void {
    const { key } = item.chosen;
    item.state = "loading";
    item.why = "";
    item.progress.removeAttribute("value");
    this.#draw();
    this.#uploads
      .bring(key, item.file, (share) => {
        item.progress.value = share;
      })
      .then(
        ({ id }) => {
          item.state = "done";
          this.#change(item, { id });
        },
        (failure: unknown) => {
          const isUnfit = failure instanceof Unfit;
          item.state = isUnfit ? "failed" : "waiting";
          item.why = isUnfit ? failure.message : words.waiting;
          item.mayPass = !isUnfit || failure.mayPass;
          if (isUnfit && this.#items.includes(item)) this.#say(this.#reasons);
        },
      )
      .finally(() => this.#draw());
  }

  #remove(item: Item): void {
    const at = this.#items.indexOf(item);
    this.#uploads.stop(item.chosen.key);
    this.#items = this.#items.filter((one) => one !== item);
    item.row.remove();
    if (this.#described === item) this.#describe(undefined);
    this.#forget(item.chosen);
    void forgetFile(item.chosen.key);
    this.#say(this.#reasons);
    const next = this.#items[Math.min(at, this.#items.length - 1)];
    (next?.row.querySelector<HTMLElement>(".strip-remove") ?? this.#box).focus();
  }

  /** Opens the field in which a picture is described, or closes it. */
  #describe(item: Item | undefined): void {
    this.#described = item === this.#described ? undefined : item;
    const described = this.#described;
    this.#alt.hidden = !described;
    if (described) {
      const label = words.describe(this.#items.indexOf(described) + 1);
      this.#alt.ariaLabel = label;
      this.#alt.placeholder = label;
      this.#alt.value = described.chosen.alt;
      this.#alt.focus();
    }
    this.#draw();
  }

  /** Why each of those that failed did; by its number where there are several. */
  get #reasons(): string {
    const lines = this.#items.flatMap(({ state, why }, i) =>
      state !== "failed" ? [] : [this.#items.length > 1 ? `${words.picture(i + 1)}: ${why}` : why],
    );
    return lines.join("\n");
  }

  #say(fault: string): void {
    this.#fault.textContent = fault;
    this.#draw();
  }

  /** Each is kept under a name of its own, so that two tabs never write over what the other has just chosen. */
  #keep(chosen: Chosen): void {
    order = Math.max(order + 1, Date.now());
    keep(this.#name + chosen.key, JSON.stringify({ order, ...readKept(recall(this.#name + chosen.key)), ...chosen }));
  }

  #forget({ key }: Chosen): void {
    keep(this.#name + key, "");
  }

  #isKept({ key }: Chosen): boolean {
    return recall(this.#name + key) !== "";
  }

  get #kept(): readonly Chosen[] {
    const all = [...recallAll(this.#name).values()].flatMap((text) => readKept(text) ?? []);
    return all.sort((a, b) => a.order - b.order).map(({ order: _, ...chosen }) => chosen);
  }

  /** What is sent or taken away by now, here or in another tab, is not kept again. */
  #change(item: Item, change: Partial<Chosen>): void {
    item.chosen = { ...item.chosen, ...change };
    if (this.#isKept(item.chosen)) this.#keep(item.chosen);
    this.#draw();
  }

  #draw(): void {
    for (const [i, { row, progress, state, why, mayPass, chosen }] of this.#items.entries()) {
      row.dataset["state"] = state;
      row.title = why;
      progress.hidden = state !== "loading";
      progress.ariaLabel = words.uploading(i + 1);
      const [retry, describe, remove] = row.querySelectorAll("button");
      if (retry) retry.hidden = state !== "waiting" && (state !== "failed" || !mayPass);
      if (retry) retry.ariaLabel = `${words.retry}: ${words.picture(i + 1)}`;
      if (remove) remove.ariaLabel = words.remove(i + 1);
      if (!describe) continue;
      describe.ariaLabel = `${words.describeShort}: ${words.describe(i + 1)}`;
      describe.ariaExpanded = String(this.#described?.row === row);
      describe.classList.toggle("is-described", chosen.alt !== "");
    }
    this.#strip.hidden = this.#items.length === 0 && !this.#fault.textContent;
    this.#changed();
  }

  /** Another tab of this room has chosen, taken away or sent something: as with the text, it is the same here. */
  async #follow(): Promise<void> {
    const there = new Map(this.#kept.map((chosen) => [chosen.key, chosen]));
    for (const item of this.#items) {
      const chosen = there.get(item.chosen.key);
      if (!chosen) item.row.remove();
      else if (chosen.id && !item.chosen.id) item.state = "done";
      if (chosen) item.chosen = chosen;
    }
    this.#items = this.#items.filter(({ chosen: { key } }) => there.has(key));
    if (this.#described && !this.#items.includes(this.#described)) this.#describe(undefined);
    const isKnown = ({ key }: Chosen) => this.#items.some((item) => item.chosen.key === key);
    for (const { chosen, file } of await withFiles([...there.values()].filter((chosen) => !isKnown(chosen)))) {
      // Sent or taken away while its file was looked for.
      if (isKnown(chosen) || !this.#isKept(chosen)) continue;
      const item = this.#put(chosen, file);
      // The other tab brings it.
      if (!chosen.id) item.state = "waiting";
    }
    this.#draw();
  }

  /** What was chosen before the page was loaded again. */
  async #restore(): Promise<void> {
    const items = (await withFiles(this.#kept)).map(({ chosen, file }) => this.#put(chosen, file));
    for (const item of items) if (item.state !== "done") this.#bring(item);
    this.#draw();
  }
}

/** All at once, so that no list is kept that holds only some of them. */
async function withFiles(all: readonly Chosen[]): Promise<readonly { readonly chosen: Chosen; readonly file: Blob }[]> {
  const found = await Promise.all(all.map(async (chosen) => ({ chosen, file: await fileOf(chosen.key) })));
  return found.flatMap(({ chosen, file }) => (file ? [{ chosen, file }] : []));
}

interface Kept extends Chosen {
  readonly order: number;
}

function readKept(text: string): Kept | undefined {
  try {
    const item: unknown = JSON.parse(text);
    return isKept(item) ? item : undefined;
  } catch {
    return undefined;
  }
}

function isKept(item: unknown): item is Kept {
  if (typeof item !== "object" || item === null) return false;
  return "key" in item && typeof item.key === "string" && "alt" in item && "order" in item;
}
