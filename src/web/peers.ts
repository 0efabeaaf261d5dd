/**
 * Who is at the other end: the peer itself, or, where that is a proxy of ours, whom it names in X-Forwarded-For. Read from
 * the right, because only what our own proxies added there is true; anybody may have written the rest.
 * @param proxies addresses of trusted proxies, separated by commas
 * @param onUntrusted hears once that a proxy on this machine names its clients and is not believed
 */
export function createPeers(proxies: string, onUntrusted: () => void): (request: Request, peer: string) => string {
  const trusted = new Set(proxies.split(",").map(plain).filter(Boolean));
  let isToldOf = false;
  return (request, peer) => {
    const named = request.headers.get("x-forwarded-for");
    if (named === null) return peer;
    if (!trusted.has(plain(peer))) {
      if (!isToldOf && LOOPBACK.has(plain(peer))) {
        isToldOf = true;
        onUntrusted();
      }
      return peer;
    }
    let address = peer;
    for (const one of named.slice(-NAMED_CHARS_MAX).split(",").toReversed()) {
      if (!trusted.has(plain(address)) || !ADDRESS.test(one.trim())) break;
      address = one.trim();
    }
    return address;
  };
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1"]);
const ADDRESS = /^[0-9a-f.:]{2,45}$/i;
const NAMED_CHARS_MAX = 2_000;

/** An IPv4 address may come in the clothes of IPv6. */
function plain(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, "");
}
