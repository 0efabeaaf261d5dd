/** Why an endpoint is not dialled. The words are for the person who presses "test", and for the log. */
export class EndpointRefusal extends Error {}

export interface EndpointRules {
  /** Our own host name: a server does not push to itself. */
  readonly ownHost: string;
  /** Also plain http on 127.0.0.1 with any port: for a push service of the tests' own, never set by a setting. */
  readonly allowsLoopback?: boolean;
  /** The addresses behind a name. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
}

const ENDPOINT_BYTES_MAX = 1_024;

/**
 * The endpoint of a push service out of what a browser says it is: https on port 443, with a name that is not ours, at
 * most 1 KiB, without a user in it. @throws EndpointRefusal
 */
export function readEndpoint(text: unknown, { ownHost, allowsLoopback }: EndpointRules): URL {
  if (typeof text !== "string" || !URL.canParse(text)) throw new EndpointRefusal("the endpoint is no address");
  if (new TextEncoder().encode(text).length > ENDPOINT_BYTES_MAX) throw new EndpointRefusal("the endpoint is too long");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw new EndpointRefusal("the endpoint names a user");
  if (allowsLoopback && isLoopback(url)) return url;
  if (url.protocol !== "https:") throw new EndpointRefusal("the endpoint is not https");
  if (url.port !== "") throw new EndpointRefusal("the endpoint has a port of its own");
  const host = url.hostname.replace(/\.$/, "");
  if (host === ownHost.toLowerCase()) throw new EndpointRefusal("the endpoint is this server");
  const literal = literalOf(host);
  if (literal !== undefined && !isPublic(literal)) throw new EndpointRefusal("the endpoint is not a public address");
  if (literal === undefined && (!host.includes(".") || /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/.test(host))) {
    throw new EndpointRefusal("the endpoint has no public name");
  }
  return url;
}

/**
 * The address to dial: resolved once, every answer public, so that nothing can change between the look and the call.
 * @throws EndpointRefusal
 */
export async function addressOf(url: URL, { allowsLoopback, resolve }: EndpointRules): Promise<string> {
  if (allowsLoopback && isLoopback(url)) return url.hostname;
  const literal = literalOf(url.hostname);
  const addresses = literal === undefined ? await resolve(url.hostname) : [literal];
  const [first] = addresses;
  if (first === undefined) throw new EndpointRefusal(`${url.hostname} has no address`);
  if (!addresses.every(isPublic)) throw new EndpointRefusal(`${url.hostname} does not lead to a public address`);
  return first;
}

const isLoopback = (url: URL) => url.protocol === "http:" && url.hostname === "127.0.0.1";

/** The address a URL names by number: the URL parser has already brought every spelling of IPv4 into one form. */
function literalOf(host: string): string | undefined {
  if (host.startsWith("[")) return host.slice(1, -1);
  return /^[0-9.]+$/.test(host) ? host : undefined;
}

/** Whether an IPv4 or IPv6 address may be one of the public internet (RFC 6890 and the registries it founded). */
export function isPublic(address: string): boolean {
  const words = address.includes(":") ? readV6(address) : undefined;
  if (words) return isPublicV6(words);
  const bytes = readV4(address);
  return bytes !== undefined && isPublicV4(bytes);
}

function isPublicV4([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b < 128) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b < 32) return false;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99))) return false;
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false;
  return !(a === 203 && b === 0 && c === 113);
}

/** Only 2000::/3 is given out; in it, documentation, Teredo and the forms that carry an IPv4 address are not for us. */
function isPublicV6(words: readonly number[]): boolean {
  const [first = 0, second = 0] = words;
  if (first === 0 && words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    const [high = 0, low = 0] = words.slice(6);
    return isPublicV4([high >> 8, high & 255, low >> 8, low & 255]);
  }
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2002 || (first === 0x2001 && second < 0x200)) return false;
  return !(first === 0x2001 && second === 0xdb8) && first !== 0x3fff;
}

function readV4(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.map(Number);
}

function readV6(text: string): readonly number[] | undefined {
  const [plain = ""] = text.split("%");
  const host = `[${plain}]`;
  if (!URL.canParse(`http://${host}/`)) return undefined;
  // The URL parser writes every IPv6 address in one form, with at most one "::".
  const [head = "", tail] = new URL(`http://${host}/`).hostname.slice(1, -1).split("::");
  const wordsOf = (part: string) => (part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16)));
  const [before, after] = [wordsOf(head), wordsOf(tail ?? "")];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}
