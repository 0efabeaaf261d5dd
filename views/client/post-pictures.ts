import { limits } from "../limits.ts";
import { make, onPage } from "./page.ts";
import { PictureStrip } from "./picture-strip.ts";
import { hearPictures } from "./picture-ways.ts";
import { recallAll } from "./storage.ts";
import { Uploads } from "./uploads.ts";

const strips = new WeakMap<HTMLFormElement, PictureStrip>();
/** Whose pictures are there: they go out now. */
const passing = new WeakSet<HTMLFormElement>();
const isReply = ".reply-form form";
let uploads: Uploads | undefined;

/** Pictures of posts and comments; the room's composer has its own way of sending them. */
export function takePostPictures(): void {
  onPage(() => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-pictures]:not(#composer)")) hear(form);
  });
  // A reply has them once somebody writes one: a page may have a thousand such forms.
  document.addEventListener("focusin", ({ target }) => {
    const form = target instanceof Element && target.closest<HTMLFormElement>(isReply);
    if (!form || form.querySelector(".attach")) return;
    const field = document.querySelector("#comment-form .attach")?.cloneNode(true);
    if (field) form.querySelector("[type=submit]")?.before(field);
    hear(form);
  });
  document.addEventListener("submit", holdBack, true);
  document.addEventListener("htmx:after:request", ({ detail, target }) => {
    const strip = target instanceof HTMLFormElement && strips.get(target);
    const { status = 0 } = detail.ctx.response ?? {};
    if (strip && status >= 200 && status < 300) strip.take();
  });
  // Also where no answer came.
  document.addEventListener("htmx:finally:request", ({ target }) => {
    if (target instanceof HTMLFormElement && strips.has(target)) target.querySelector("[name=chosen]")?.remove();
  });
}

function hear(form: HTMLFormElement): void {
  const box = form.querySelector("textarea");
  if (!box || form.dataset["hears"] !== undefined) return;
  form.dataset["hears"] = "";
  // Their files go ahead of it from now on, and it says only which they are.
  form.enctype = "application/x-www-form-urlencoded";
  form.querySelector("input[type=file]")?.removeAttribute("name");
  hearPictures(form, (files) => {
    void stripOf(form, box).add(files);
  });
  if (recallAll(`pictures:${box.dataset["draft"]}:`).size > 0) stripOf(form, box);
}

/** The pictures of a form, from the first one. */
function stripOf(form: HTMLFormElement, box: HTMLTextAreaElement): PictureStrip {
  const known = strips.get(form);
  if (known) return known;
  const { pictures = "/posts/pictures", pictureBytes } =
    document.querySelector<HTMLElement>("form[data-pictures]")?.dataset ?? {};
  uploads ??= new Uploads(pictures, Number(pictureBytes) || limits.pictureBytesMax);
  const before = form.querySelector<HTMLElement>(".write-foot") ?? box.closest<HTMLElement>(".field") ?? box;
  const strip: PictureStrip = new PictureStrip(before, box, box.dataset["draft"] ?? "", uploads, () => {
    // Pictures may say it all.
    box.required = strip.isEmpty;
  });
  strips.set(form, strip);
  return strip;
}

/** The form waits until its pictures are there. What could not be brought is said, and text and pictures stay. */
function holdBack(event: SubmitEvent): void {
  const form = event.target;
  const strip = form instanceof HTMLFormElement ? strips.get(form) : undefined;
  if (!(form instanceof HTMLFormElement) || !strip || strip.isEmpty || passing.has(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.ariaBusy) return;
  form.ariaBusy = "true";
  void strip
    .settled()
    .then((chosen) => {
      if (!chosen) return;
      form.querySelector("[name=chosen]")?.remove();
      const value = JSON.stringify(chosen.map(({ id, alt }) => ({ id, alt })));
      form.append(make("input", "", "", { type: "hidden", name: "chosen", value }));
      // Not while the form still tells of the first time: then a browser passes over the second.
      setTimeout(() => {
        passing.add(form);
        form.requestSubmit();
        passing.delete(form);
      });
    })
    .finally(() => {
      form.ariaBusy = null;
    });
}
