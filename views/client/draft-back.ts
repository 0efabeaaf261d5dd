import { type Box, boxesIn, setText } from "./begun.ts";
import { make, makeButton } from "./page.ts";
import { language, words } from "./words.ts";

const said =
  language === "ko"
    ? { back: "쓰던 내용을 불러왔습니다.", letGo: "버리기", gone: "버렸습니다." }
    : { back: "Your draft is back.", letGo: "Discard", gone: "Discarded." };

/**
 * A form that leads to another page says that it holds what was begun earlier, and lets go of it, with a way back: nobody
 * should save today what they have forgotten since.
 */
export function sayBegun(form: HTMLFormElement): void {
  if (form.hasAttribute("hx-post") || form.id === "composer" || form.querySelector(".begun")) return;
  const line = make("p", "begun hint");
  const status = make("span", "", said.back, { role: "status" });
  let dropped: ReadonlyMap<Box, string> | undefined;
  const press = makeButton("quiet small", said.letGo, () => {
    const boxes = boxesIn(form);
    if (dropped) for (const [box, text] of dropped) setText(box, text);
    dropped = dropped ? undefined : new Map(boxes.map((box) => [box, box.value]));
    if (dropped) for (const box of boxes) setText(box, box.defaultValue);
    status.textContent = dropped ? said.gone : said.back;
    press.textContent = dropped ? words.undo : said.letGo;
  });
  line.append(status, " ", press);
  form.prepend(line);
}
