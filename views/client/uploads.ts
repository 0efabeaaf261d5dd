import { picturesEn, picturesKo } from "../text/pictures.ts";
import { Failure } from "./hx-stomp.ts";
import { forData } from "./page.ts";
import { fileOf } from "./picture-files.ts";
import { language } from "./words.ts";

export const pictureWords = language === "ko" ? picturesKo : picturesEn;

/** A picture that the server has. */
interface Brought {
  readonly id: string;
}

interface Way {
  readonly done: Promise<Brought>;
  readonly request: XMLHttpRequest;
}

/** Refused: `message` says why, in the reader's language. */
export class Unfit extends Failure {
  /** Another day, or with more room, the same picture may be had; otherwise it stays what it is. */
  get mayPass(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** Brings pictures to the server, each once however often it is asked for. */
export class Uploads {
  readonly #path: string;
  readonly #bytesMax: number;
  readonly #ways = new Map<string, Way>();
  /** Small forms that were fetched ahead, so that nothing flashes when a message comes back with its pictures. */
  readonly #ahead: HTMLImageElement[] = [];

  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
  }

  /** Why this file need not be tried; undefined where it may fit. */
  unfit(file: Blob): string | undefined {
    if (!/^image\/(?:jpeg|png|webp|gif)$/.test(file.type)) return pictureWords.kinds;
    if (file.size > this.#bytesMax) return this.#tooLarge();
    return undefined;
  }

  /** `told` hears how much of it is there, from 0 to 1. Rejects with a Failure. */
  bring(key: string, file: Blob, told?: (share: number) => void): Promise<Brought> {
    const way = this.#ways.get(key) ?? this.#begin(key, file);
    if (told)
      way.request.upload.addEventListener("progress", ({ loaded, total }) => told(total > 0 ? loaded / total : 0));
    return way.done;
  }

  /** The same for one that is kept on this device. */
  async bringKept(key: string): Promise<Brought> {
    const file = await fileOf(key);
    if (!file) throw new Failure("refused", 404, pictureWords.failed);
    return this.bring(key, file);
  }

  stop(key: string): void {
    this.#ways.get(key)?.request.abort();
  }

  #begin(key: string, file: Blob): Way {
    const request = new XMLHttpRequest();
    const done = new Promise<Brought>((resolve, reject) => {
      request.addEventListener("load", () => {
        const answer = read(request.responseText);
        if (request.status === 201 && typeof answer["id"] === "string") {
          if (typeof answer["smallUrl"] === "string") this.#fetchAhead(answer["smallUrl"]);
          resolve({ id: answer["id"] });
        } else reject(this.#failureOf(request.status, answer));
      });
      for (const event of ["error", "abort", "timeout"]) {
        request.addEventListener(event, () => reject(new Failure("lost")));
      }
    }).finally(() => this.#ways.delete(key));
    const form = new FormData();
    form.set("clientId", key);
    form.set("picture", file, "picture");
    request.open("POST", this.#path);
    for (const [name, value] of Object.entries(forData)) {
      request.setRequestHeader(name, value);
    }
    const way = { done, request };
    this.#ways.set(key, way);
    request.send(form);
    return way;
  }

  #fetchAhead(url: string): void {
    const image = new Image();
    image.src = url;
    this.#ahead.push(image);
    if (this.#ahead.length > 8) this.#ahead.shift();
  }

  #tooLarge(): string {
    return pictureWords.tooLarge(Math.floor(this.#bytesMax / 1_048_576) || 1);
  }

  #failureOf(status: number, answer: Answer): Failure {
    const { code, detail, faults } = answer;
    const words: Readonly<Record<string, string>> = {
      unsupported: pictureWords.kinds,
      too_large: String(detail).includes("pixels") ? pictureWords.tooManyPixels : this.#tooLarge(),
      quota: pictureWords.quota,
      full: pictureWords.full,
      invalid: pictureWords.fault({ rule: ruleIn(faults) }),
      not_found: pictureWords.notAllowed,
      forbidden: pictureWords.notAllowed,
    };
    const why = words[String(code)];
    // Too fast, signed out, a server that restarts: that may pass.
    return why === undefined ? new Failure("late", status) : new Unfit("refused", status, why);
  }
}

type Answer = Readonly<Record<string, unknown>>;

function read(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function ruleIn(faults: unknown): "required" | "wrong" | "format" {
  const [fault]: readonly unknown[] = Array.isArray(faults) ? faults : [];
  const rule: unknown = typeof fault === "object" && fault && "rule" in fault ? fault.rule : undefined;
  return rule === "required" || rule === "wrong" ? rule : "format";
}
