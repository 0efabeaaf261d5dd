import { make } from "./page.ts";
import { pictureWords } from "./uploads.ts";

/**
 * The three ways in which pictures come to a room: its button, pasting, and dropping them anywhere on it. Of a post or a
 * comment, it is the form on which they are pasted and dropped.
 */
export function hearPictures(form: HTMLFormElement, add: (files: readonly File[]) => void): void {
  const field = form.querySelector<HTMLInputElement>("input[type=file]");
  const take = () => {
    const files = [...(field?.files ?? [])];
    if (field) field.value = "";
    if (files.length > 0) add(files);
  };
  const room = form.closest(".room");
  field?.addEventListener("change", take);
  // What was chosen before this script was there.
  take();
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
    if (!room && !(event.target instanceof Node && form.contains(event.target))) return;
    // What is copied from a document comes as a text and as a picture of it: then the text is meant.
    if (files.length === 0 || event.clipboardData?.getData("text/plain")) return;
    event.preventDefault();
    add(files);
  });
  hearDrops(room ?? form, add);
}

/** The target is seen only while files are above the page. */
function hearDrops(room: Element, add: (files: readonly File[]) => void): void {
  const target = make("div", "drop", pictureWords.drop, { "aria-hidden": "true" });
  target.hidden = true;
  room.append(target);
  let depth = 0;
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  const leave = () => {
    depth = 0;
    target.hidden = true;
  };
  document.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth++;
    target.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (hasFiles(event) && --depth <= 0) leave();
  });
  document.addEventListener("dragover", (event) => {
    // Otherwise the browser would leave the page for the file.
    if (hasFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    leave();
    const isHere = event.target instanceof Node && room.contains(event.target);
    if (isHere) add([...(event.dataTransfer?.files ?? [])]);
  });
}
