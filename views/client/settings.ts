import { keep, recall } from "./storage.ts";

const name = "settings";
/** So long after a form was sent, the page that comes is the one that it leads back to. */
const freshMs = 30_000;

type Field = HTMLInputElement | HTMLSelectElement;

/** Each form of the settings saves itself and loads the page anew: what was chosen in the others, and not saved, stays. */
export function keepOtherForms(): void {
  const { atMs = 0, values = {} }: { atMs?: number; values?: Record<string, string> } = JSON.parse(
    recall(name) || "{}",
  );
  keep(name, "");
  if (Date.now() - atMs < freshMs) for (const field of fields()) setValue(field, values[field.id] ?? valueIn(field));
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (defaultPrevented) return;
    const unsaved = fields().filter((field) => field.form !== target && valueIn(field) !== savedIn(field));
    if (unsaved.length === 0) return;
    const values = Object.fromEntries(unsaved.map((field) => [field.id, valueIn(field)]));
    keep(name, JSON.stringify({ atMs: Date.now(), values }));
  });
}

/** Passwords are kept nowhere. */
function fields(): readonly Field[] {
  return [...document.querySelectorAll<Field>(".stack :is(select,[type=text],[type=time],[type=checkbox])")];
}

const isSwitch = (field: Field): field is HTMLInputElement => field.type === "checkbox";

function valueIn(field: Field): string {
  return isSwitch(field) ? String(field.checked) : field.value;
}

function savedIn(field: Field): string {
  if (isSwitch(field)) return String(field.defaultChecked);
  if (field instanceof HTMLInputElement) return field.defaultValue;
  return [...field.options].find(({ defaultSelected }) => defaultSelected)?.value ?? field.options[0]?.value ?? "";
}

function setValue(field: Field, value: string): void {
  if (isSwitch(field)) field.checked = value === "true";
  else field.value = value;
}
