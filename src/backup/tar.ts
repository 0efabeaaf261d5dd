import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";

/*
 * Archives that every `tar` can read (POSIX.1-1988 ustar): regular files, one after another, in blocks of 512 octets.
 * Written and read in pieces, so that a file may be larger than memory.
 */

const BLOCK_BYTES = 512;
const CHUNK_BYTES = 1_048_576;
const NAME_BYTES_MAX = 100;
const PREFIX_BYTES_MAX = 155;
/** Larger sizes do not fit into eleven octal digits, and are written as GNU tar does. */
const OCTAL_MAX = 8 ** 11;

/** What came of one file that was written or read. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An archive that ends in the middle of a file, or is none. */
export class TarError extends Error {}

/** Appends a file to an archive that is open for writing. @throws when it changes its size meanwhile */
export function addFile(archive: number, name: string, path: string): TarEntry {
  const file = openSync(path, "r");
  try {
    const bytes = fstatSync(file).size;
    writeSync(archive, headerOf(name, bytes));
    const hash = new Bun.CryptoHasher("sha256");
    for (const chunk of chunksOf(file, bytes, `${path} became shorter while it was read`)) {
      hash.update(chunk);
      writeAll(archive, chunk);
    }
    pad(archive, bytes);
    return { name, bytes, sha256: hash.digest("hex") };
  } finally {
    closeSync(file);
  }
}

/** Appends a file that is at hand. */
export function addText(archive: number, name: string, text: string): void {
  const bytes = Buffer.from(text);
  writeSync(archive, headerOf(name, bytes.length));
  writeAll(archive, bytes);
  pad(archive, bytes.length);
}

/** Two empty blocks end an archive. */
export function endArchive(archive: number): void {
  writeAll(archive, new Uint8Array(2 * BLOCK_BYTES));
}

/** Every regular file of an archive, in its order. `open` says where its octets go. @throws TarError */
export function* readArchive(
  archive: number,
  open: (name: string) => (chunk: Uint8Array) => void,
): Generator<TarEntry> {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (;;) {
    if (readSync(archive, block, 0, BLOCK_BYTES, null) < BLOCK_BYTES) throw new TarError("it ends too soon");
    if (block.every((octet) => octet === 0)) return;
    const { name, bytes } = readHeader(block);
    const take = open(name);
    const hash = new Bun.CryptoHasher("sha256");
    for (const chunk of chunksOf(archive, bytes, "it ends too soon")) {
      hash.update(chunk);
      take(chunk);
    }
    const rest = restOf(bytes);
    if (rest > 0 && readSync(archive, block, 0, rest, null) < rest) throw new TarError("it ends too soon");
    yield { name, bytes, sha256: hash.digest("hex") };
  }
}

function* chunksOf(file: number, bytes: number, ifShort: string): Generator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, bytes));
  for (let left = bytes; left > 0; ) {
    const count = readSync(file, buffer, 0, Math.min(left, buffer.length), null);
    if (count === 0) throw new TarError(ifShort);
    left -= count;
    yield buffer.subarray(0, count);
  }
}

function writeAll(file: number, octets: Uint8Array): void {
  for (let at = 0; at < octets.length; ) at += writeSync(file, octets, at);
}

const restOf = (bytes: number) => (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;

function pad(archive: number, bytes: number): void {
  writeAll(archive, new Uint8Array(restOf(bytes)));
}

function headerOf(name: string, bytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const [prefix, last] = splitName(name);
  block.write(last, 0);
  block.write("0000600\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  if (bytes < OCTAL_MAX) block.write(`${bytes.toString(8).padStart(11, "0")}\0`, 124);
  else {
    block.writeUInt8(0x80, 124);
    block.writeBigUInt64BE(BigInt(bytes), 128);
  }
  block.write("00000000000\0", 136);
  block.write("0", 156);
  block.write("ustar\u000000", 257, "latin1");
  block.write(prefix, 345);
  block.write(`${checksumOf(block).toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function readHeader(block: Buffer): { readonly name: string; readonly bytes: number } {
  if (block.toString("latin1", 257, 262) !== "ustar" || octal(block, 148, 8) !== checksumOf(block)) {
    throw new TarError("it is no archive of ours, or damaged");
  }
  if (block.toString("latin1", 156, 157) !== "0") throw new TarError("it holds more than files");
  const prefix = textIn(block, 345, PREFIX_BYTES_MAX);
  const name = textIn(block, 0, NAME_BYTES_MAX);
  const bytes = block.readUInt8(124) === 0x80 ? Number(block.readBigUInt64BE(128)) : octal(block, 124, 12);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new TarError("it is damaged");
  return { name: prefix === "" ? name : `${prefix}/${name}`, bytes };
}

/** The sum of all octets of the header, its own eight counted as blanks. */
function checksumOf(block: Buffer): number {
  return block.reduce((sum, octet, at) => sum + (at >= 148 && at < 156 ? 32 : octet), 0);
}

const textIn = (block: Buffer, from: number, max: number) =>
  block.toString("utf8", from, from + max).split("\0", 1)[0] ?? "";
const octal = (block: Buffer, from: number, length: number) => Number.parseInt(textIn(block, from, length).trim(), 8);

function splitName(name: string): readonly [prefix: string, last: string] {
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return ["", name];
  for (let at = name.indexOf("/"); at > 0; at = name.indexOf("/", at + 1)) {
    const [prefix, last] = [name.slice(0, at), name.slice(at + 1)];
    if (Buffer.byteLength(last) <= NAME_BYTES_MAX && Buffer.byteLength(prefix) <= PREFIX_BYTES_MAX)
      return [prefix, last];
  }
  throw new TarError(`the name ${name} is too long for an archive`);
}
