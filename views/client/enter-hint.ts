import { doesEnterSend, setEnterSends } from "./enter.ts";
import { make, makeButton } from "./page.ts";
import { words } from "./words.ts";

/** At a desk: what one may set apart, what Enter does, and the way to have it otherwise on this device. */
export function tellEnter(): void {
  const form = document.getElementById("composer");
  if (!form || matchMedia("(pointer: coarse)").matches) return;
  const hint = make("p", "enter-hint");
  const said = make("span", "");
  const show = () => {
    said.textContent = `${form.dataset["format"]} · ${doesEnterSend() ? words.enterSends : words.ctrlEnterSends}`;
  };
  const change = makeButton("", words.change, () => {
    setEnterSends(!doesEnterSend());
    show();
  });
  hint.append(said, " ", change);
  form.append(hint);
  show();
}
