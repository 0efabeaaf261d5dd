/** Runs now, and after each change that htmx makes, by an answer or by a push. */
export function onPage(run: () => void): void {
  run();
  document.addEventListener("htmx:after:swap", run);
}

export const me = document.body.dataset["me"] ?? "";
/** Whose page this is. The server refuses it where somebody else has signed in meanwhile: nobody acts by a page of another. */
export const asMe: Readonly<Record<string, string>> = me ? { "birdie-me": me } : {};
/** And it wants data in answer, not a page. */
export const forData: Readonly<Record<string, string>> = { accept: "application/json", ...asMe };

/** An element with its class, its words and what else it takes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
  attributes: Readonly<Record<string, string>> = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export function makeButton(className: string, text: string, press: () => void): HTMLButtonElement {
  const button = make("button", className, text, { type: "button" });
  button.addEventListener("click", press);
  return button;
}

/** The number in a badge; 0 where it is hidden or not there. */
export function numberIn(id: string): number {
  const badge = document.getElementById(id);
  return badge && !badge.hidden ? Number.parseInt(badge.dataset["count"] ?? badge.textContent ?? "", 10) || 0 : 0;
}

/**
 * A form post beside the page. Also outlives it. The answer is empty: had it something that must not be kept, the browser
 * would not keep the page either. Resolves with false where another try may get through, and never rejects.
 */
export async function post(path: string, fields: Readonly<Record<string, string>>): Promise<boolean> {
  const body = new URLSearchParams(fields);
  const headers = { "hx-request": "true", ...asMe };
  try {
    const { status } = await fetch(path, { method: "POST", body, keepalive: true, redirect: "manual", headers });
    return status < 500 && status !== 429;
  } catch {
    return false;
  }
}

/** After this long what did not get through is tried again. */
export const againMs = 3_000;

/** `post`; where another try may get through, `again` runs after a pause. */
export async function postOr(again: () => void, path: string, fields: Readonly<Record<string, string>>): Promise<void> {
  if (!(await post(path, fields))) setTimeout(again, againMs);
}

/** Somebody is looking at this page. */
export const isLookedAt = (): boolean => !document.hidden && document.hasFocus();

/** Somebody has written what a reload would lose. */
export function isTextUnsaved(): boolean {
  if (document.querySelector("#messages > [data-state],.strip-item")) return true;
  return [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea,input[type=text]")].some(
    ({ value, defaultValue }) => value.trim() !== "" && value !== defaultValue,
  );
}

const pauseMs = 2_000;
const pauseMaxMs = 60_000;

/**
 * A part of the script that comes late. Where it could not be had it is asked for again as soon as there is a network, and in
 * longer and longer pauses. An engine that remembers that it failed, as Firefox does, gets it with the next page.
 */
export async function load<T>(part: () => Promise<T>): Promise<T> {
  for (let waitMs = pauseMs; ; waitMs = Math.min(2 * waitMs, pauseMaxMs)) {
    try {
      return await part();
    } catch (error) {
      // Anything else is a fault in it, and would be the same again.
      if (!(error instanceof TypeError)) throw error;
      await networkOr(waitMs);
    }
  }
}

function networkOr(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
  });
}
