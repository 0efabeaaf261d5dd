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
    const forwarded = request.headers.get("x-forwarded-for");
    if (forwarded === null) return peer;
    if (!trusted.has(plain(peer))) {
      if (!isToldOf && LOOPBACK.has(plain(peer))) {
        isToldOf = true;
        onUntrusted();
      }
      return peer;
    }
    let address = peer;
    for (const one of forwarded.slice(-NAMED_CHARS_MAX).split(",").toReversed()) {
      const named = addressIn(one.trim());
      if (!trusted.has(plain(address)) || named === undefined) break;
      address = named;
    }
    return address;
  };
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1"]);
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const NAMED_CHARS_MAX = 2_000;

/**
 * An address, without the port that some proxies add (`1.2.3.4:5`, `[::1]:5`): each would be somebody of their own.
 * Undefined for what is no address.
 */
function addressIn(named: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\]|([0-9.]+))(?::[0-9]{1,5})?$/.exec(named) ?? [];
  const address = bracketed ?? dotted ?? named;
  return IPV4.test(address) || isIpv6(address) ? address : undefined;
}

function isIpv6(address: string): boolean {
  return /^[0-9a-f:.]{2,45}$/i.test(address) && URL.canParse(`http://[${address}]`);
}

/** An IPv4 address may come in the clothes of IPv6. */
function plain(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, "");
}
