import { me } from "./page.ts";

const key = "birdie:leaving";

/**
 * Who leaves for good takes along what this browser keeps for them: what was begun or not sent, and its pictures. The tab in
 * which the form was sent remembers for whom, so that no link to this page can do the same.
 */
export function takeAlong(): void {
  try {
    if (me) {
      // A page of somebody who is still there: they were refused.
      sessionStorage.removeItem(key);
      document.querySelector("form.closing")?.addEventListener("submit", () => sessionStorage.setItem(key, me));
      return;
    }
    const who = location.search === "?closed" ? sessionStorage.getItem(key) : null;
    if (!who) return;
    sessionStorage.removeItem(key);
    for (const name of Object.keys(localStorage)) if (name.startsWith(`birdie:${who}:`)) localStorage.removeItem(name);
    forgetFiles(who);
  } catch {
    // A browser that keeps nothing.
  }
}

/** As picture-files.ts names them. */
function forgetFiles(who: string): void {
  const request = indexedDB.open("birdie-pictures", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("files");
  request.onsuccess = () => {
    const files = request.result.transaction("files", "readwrite").objectStore("files");
    // All that begins with the name and a colon: a semicolon comes next.
    files.delete(IDBKeyRange.bound(`${who}:`, `${who};`, false, true));
  };
}
