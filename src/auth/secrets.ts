/** So many octets that nobody can guess, as a text that may stand in an address (base64url, RFC 4648 5). */
export function secretOf(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toBase64({ alphabet: "base64url", omitPadding: true });
}
