import { make, makeButton } from "./page.ts";
import { words } from "./words.ts";

/**
 * A connection that came back may lead to a newer Birdie than the one that made this page. Its script has another
 * fingerprint then, and the reader is told; nothing reloads by itself, for there may be words in a box.
 */
export function watchVersion(): void {
  const script = document.querySelector<HTMLScriptElement>("script[src*='/app.js?v=']");
  const banner = document.getElementById("connection");
  if (!script || !banner) return;
  const { pathname, searchParams } = new URL(script.src);
  let isTold = false;
  document.addEventListener("stomp:connected", async ({ detail }) => {
    if (!detail.isAgain || isTold) return;
    const answer = await fetch(pathname, { method: "HEAD", cache: "no-store" }).catch(() => undefined);
    const etag = answer?.ok ? answer.headers.get("etag") : undefined;
    if (!etag || etag.includes(searchParams.get("v") ?? "")) return;
    isTold = true;
    const notice = make("p", "connection", "", { role: "status" });
    banner.after(notice);
    notice.append(
      words.newVersion,
      " ",
      makeButton("", words.reload, () => location.reload()),
    );
  });
}
