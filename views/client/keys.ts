import { asMe, make, makeButton } from "./page.ts";
import { keep, recall } from "./storage.ts";

const path = "/settings/keys";
const byMark = "keys-by-mark";

/** "?" shows the keys there are in front of the page, and puts them away again; so does the link to their page. */
export function explainKeys(): void {
  offerSwitch(document);
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey, isComposing } = event;
    if (key !== "?" || ctrlKey || metaKey || altKey || isComposing || !(target instanceof Element)) return;
    if (!isWanted() || target.closest("textarea,select,input:not([type=checkbox]),[contenteditable]")) return;
    event.preventDefault();
    const shown = document.querySelector<HTMLDialogElement>("dialog[open]");
    if (!shown) void show();
    else if (shown.classList.contains("keys")) shown.close();
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest(`a[href="${path}"]`) : null;
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void show().then((isShown) => isShown || location.assign(path));
  });
}

/** Their page has the words. False where it cannot be had. */
async function show(): Promise<boolean> {
  if (location.pathname === path) return true;
  const answer = await fetch(path, { headers: asMe }).catch(() => undefined);
  if (!answer?.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const keys = page.getElementById("keys");
  if (!keys) return false;
  // A second press came while it was on its way.
  if (document.querySelector("dialog[open]")) return true;
  const dialog = make("dialog", "keys", "", { "aria-labelledby": "keys-title" });
  dialog.append(
    makeButton("quiet small", keys.dataset["close"] ?? "", () => dialog.close()),
    keys,
  );
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  offerSwitch(dialog);
  document.body.append(dialog);
  dialog.showModal();
  return true;
}

/** Whether "?" is for this list, on this device. */
const isWanted = () => recall(byMark) !== "off";

function offerSwitch(root: ParentNode): void {
  const box = root.querySelector<HTMLInputElement>(`#${byMark}`);
  if (!box) return;
  box.closest("[hidden]")?.removeAttribute("hidden");
  box.checked = isWanted();
  box.addEventListener("change", () => keep(byMark, box.checked ? "" : "off"));
}
