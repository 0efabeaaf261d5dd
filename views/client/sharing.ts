const key = "birdie:one-socket";

/** Whether this browser can share one connection among its tabs, and lets it be noticed when one of them dies. */
export const hasSharing = (): boolean => "SharedWorker" in globalThis && "locks" in navigator;

/** For everybody in this browser. Where nothing can be kept, workers are rarely allowed either. */
export function isSharingWanted(): boolean {
  try {
    return localStorage.getItem(key) !== "off";
  } catch {
    return false;
  }
}

export function wantSharing(isWanted: boolean): void {
  if (isWanted) localStorage.removeItem(key);
  else localStorage.setItem(key, "off");
}
