import { isTextUnsaved, me } from "./page.ts";

/** What the tabs of one browser say to one another. Whatever else comes by the channel is ignored. */
export type Word =
  /** A page was loaded for this person; nobody when it is empty. */
  | { readonly type: "signed-in"; readonly me: string }
  | { readonly type: "look"; readonly theme: string; readonly language: string }
  /** The service worker got the push of the self-test. */
  | { readonly type: "pushed"; readonly id: string }
  /** Another tab asks for the moment at which the badge here is this number, and is answered. */
  | { readonly type: "watch-badge"; readonly id: string; readonly count: number }
  | { readonly type: "badge-seen"; readonly id: string }
  | { readonly type: "anybody"; readonly id: string }
  | { readonly type: "somebody"; readonly id: string };

const TYPES = ["signed-in", "look", "pushed", "watch-badge", "badge-seen", "anybody", "somebody"];
const hearers = new Set<(word: Word) => void>();
let channel: BroadcastChannel | undefined;

/** Opened with the first word. */
function opened(): BroadcastChannel | undefined {
  if (channel || !("BroadcastChannel" in globalThis)) return channel;
  channel = new BroadcastChannel("birdie");
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (isWord(data)) for (const hear of hearers) hear(data);
  };
  return channel;
}

export function tellTabs(word: Word): void {
  opened()?.postMessage(word);
}

/** Gives back how to stop. */
export function hearTabs(hear: (word: Word) => void): () => void {
  opened();
  hearers.add(hear);
  return () => hearers.delete(hear);
}

/** Signing out or in, and what the site looks like, hold for every tab of this browser. */
export function keepTabsAlike(): void {
  const { lang, dataset } = document.documentElement;
  // A page that is left hears nothing, or the browser would not keep it. What it would have heard comes with other cookies,
  // for which the browser forgets it.
  addEventListener("pagehide", () => {
    channel?.close();
    channel = undefined;
  });
  addEventListener("pageshow", (event: PageTransitionEvent) => event.persisted && opened());
  tellTabs({ type: "signed-in", me });
  if (/[?&]notice=saved/.test(location.search)) {
    tellTabs({ type: "look", theme: dataset["theme"] ?? "", language: lang });
  }
  hearTabs((word) => {
    if (word.type === "signed-in" && word.me !== me && !isTextUnsaved()) location.reload();
    if (word.type !== "look") return;
    if (word.theme) dataset["theme"] = word.theme;
    else delete dataset["theme"];
    // Words come from the server. What is being written stays, and its page changes its language later.
    if (word.language !== lang && !isTextUnsaved()) location.reload();
  });
}

function isWord(value: unknown): value is Word {
  return typeof value === "object" && value !== null && TYPES.includes(String(Reflect.get(value, "type")));
}
