import type { Outbox } from "./outbox.ts";
import { make, makeButton } from "./page.ts";
import { keep, recall } from "./storage.ts";
import { language, words } from "./words.ts";

const said = language === "ko" ? "여기에 쓰고 보내지 못한 글입니다." : "You wrote this here. It was not sent:";

/** What was written and not sent where nothing can be sent any more: to be copied, or let go. */
export function showLeftOver(draft: string, outbox: Outbox): void {
  const place = document.querySelector("#main .blank");
  if (!place) return;
  const texts = new Map(outbox.unsent.map(({ clientId, message }) => [message, clientId]));
  const half = recall(draft).trim();
  if (!texts.has(half)) texts.set(half, "");
  texts.delete("");
  const all = [...texts.keys()].join("\n\n");
  const old = document.querySelector<HTMLElement>(".left-over");
  if (old?.dataset["said"] === all) return;
  old?.remove();
  if (!all) return;
  const discard = makeButton("quiet small", words.discard, () => {
    keep(draft, "");
    for (const clientId of texts.values()) if (clientId) outbox.remove(clientId);
    showLeftOver(draft, outbox);
  });
  const shown = make("section", "left-over");
  shown.dataset["said"] = all;
  const quotes = [...texts.keys()].map((text) => make("blockquote", "reported", text, { dir: "auto" }));
  shown.append(make("p", "", said), ...quotes, discard);
  place.after(shown);
}
