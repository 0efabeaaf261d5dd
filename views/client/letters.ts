import { make } from "./page.ts";
import { words } from "./words.ts";

const countFrom = 0.8;

/** As the server counts. */
export const lengthOf = (text: string): number => [...text.normalize("NFC")].length;

/** How many letters of how many, once it matters: in `place`, for a box that takes at most `max` of them. */
export function countLetters(box: HTMLTextAreaElement, place: Element, max: number): void {
  const count = make("span", "count");
  // The number alone is seen, not read out at every key; that it is too much is.
  const fault = make("span", "", "", { role: "alert" });
  const number = make("span", "");
  count.append(fault, number);
  count.hidden = true;
  place.append(count);
  const tell = () => {
    const length = lengthOf(box.value.trim());
    count.hidden = length < max * countFrom;
    number.textContent = `${length} / ${max}`;
    const isOver = length > max;
    count.classList.toggle("over", isOver);
    const said = isOver ? words.overLimit : "";
    if (fault.textContent !== said) fault.textContent = said;
    if (isOver || box.ariaInvalid === "true") box.ariaInvalid = String(isOver);
  };
  box.addEventListener("input", tell);
  if (box.value) tell();
}
