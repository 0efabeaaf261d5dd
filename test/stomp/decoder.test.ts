import { describe, expect, test } from "bun:test";
import { Decoder } from "../../src/stomp/decoder.ts";
import { StompError } from "../../src/stomp/errors.ts";
import { type Frame, headerOf, type Version } from "../../src/stomp/frame.ts";
import { bytesOf, decode, decodeAll, FRAME_LIMITS, frame } from "./conversation.ts";

/** The code of the error that reading `data` gives, as text, as octets and octet by octet: the same each time. */
function faultOf(data: string | Uint8Array, version: Version = "1.2", limits = {}): string {
  const bytes = typeof data === "string" ? bytesOf(data) : data;
  const ways: (string | Uint8Array)[][] = [[bytes], Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))];
  if (typeof data === "string") ways.push([data]);
  const codes = ways.map((messages) => codeOf(() => decodeAll(messages, version, limits)));
  expect(new Set(codes).size).toBe(1);
  return codes[0] ?? "";
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof StompError) return `${error.closeCode} ${error.code}`;
    throw error;
  }
  return "none";
}

/** The one frame in `data`, read as text, as octets and octet by octet. */
function only(data: string, version: Version = "1.2"): Frame {
  const bytes = bytesOf(data);
  const whole = decode(data, version);
  expect(decode(bytes, version)).toEqual(whole);
  expect(
    decodeAll(
      Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
      version,
    ),
  ).toEqual(whole);
  const [first] = whole;
  if (first === undefined || whole.length !== 1) throw new Error(`${whole.length} frames`);
  return first;
}

describe("Framing", () => {
  test("C1: lines end in CR LF or LF, mixed, and the body keeps every octet", () => {
    const read = only("SEND\r\ndestination:/a\r\nreceipt:r\n\r\nhi\r\n\0");
    expect(read).toEqual({
      command: "SEND",
      headers: [
        ["destination", "/a"],
        ["receipt", "r"],
      ],
      body: "hi\r\n",
    });
  });

  test("C2: CR LF ends a line in 1.0 and 1.1 too; a CR inside a value is data there and refused in 1.2", () => {
    for (const version of ["1.0", "1.1"] as const) {
      expect(only("SEND\r\nfoo:a\r\n\r\n\0", version).headers).toEqual([["foo", "a"]]);
      expect(only("SEND\nfoo:a\rb\n\n\0", version).headers).toEqual([["foo", "a\rb"]]);
    }
    expect(faultOf("SEND\nfoo:a\rb\n\n\0")).toBe("1002 bad_header");
  });

  test("C3, C4: ends of line and NULs between frames are skipped", () => {
    const frames = decode(`\n\r\n\n${frame("BEGIN", ["transaction:1"])}\n\r\n\0\0\n${frame("DISCONNECT")}\n\n`);
    expect(frames.map((one) => one.command)).toEqual(["BEGIN", "DISCONNECT"]);
  });

  test("C5: header names are case-sensitive", () => {
    const read = only("SEND\nDestination:X\ndestination:y\n\n\0");
    expect(headerOf(read, "destination")).toBe("y");
    expect(headerOf(read, "DESTINATION")).toBeUndefined();
  });

  test.each([
    "SEND\nfoo\n\n\0",
    "SEND\n:v\n\n\0",
    "SEND\nfoo:a\0\n\n\0",
    "DISCONNECT\n\0",
    "DISCONNECT\0",
    "A\0B\n\n\0",
  ])("C8: the malformed head %j is refused", (data) => {
    expect(faultOf(data)).toBe("1002 bad_header");
  });

  test("C8, C9: an empty value is legal, and a colon in a value is let in", () => {
    expect(only("SEND\nfoo:\nbar:a:b\n\n\0").headers).toEqual([
      ["foo", ""],
      ["bar", "a:b"],
    ]);
  });

  test("C10: nothing is trimmed in 1.1 and 1.2; in 1.0 the padding in front of a value goes", () => {
    const data = "SEND\nfoo:  a b  \nid: 1\n\n\0";
    for (const version of ["1.1", "1.2"] as const) {
      expect(only(data, version).headers).toEqual([
        ["foo", "  a b  "],
        ["id", " 1"],
      ]);
    }
    expect(only(data, "1.0").headers).toEqual([
      ["foo", "a b  "],
      ["id", "1"],
    ]);
  });

  test("C11, E13: of a repeated header the first counts, all are kept in order", () => {
    const read = only("SEND\nfoo:World\nfoo:Hello\ncontent-length:2\ncontent-length:9\n\nhi\0");
    expect(headerOf(read, "foo")).toBe("World");
    expect(read.headers.length).toBe(4);
    expect(read.body).toBe("hi");
  });

  test("C13: a frame without its NUL is waited for", () => {
    const decoder = new Decoder(FRAME_LIMITS);
    decoder.push("SEND\ndestination:/a\n\nhi", () => expect.unreachable());
    expect(decoder.isIdle).toBe(false);
    expect(decoder.pendingBytes).toBe(23);
  });

  test("C14: a frame may have no headers", () => {
    expect(only("DISCONNECT\n\n\0")).toEqual({ command: "DISCONNECT", headers: [], body: "" });
  });
});

describe("Escapes", () => {
  test("D1, D2: names and values are unescaped in 1.2", () => {
    expect(only("SEND\nfo\\co:a\\cb\\nc\\rd\\\\e\\\\n\n\n\0").headers).toEqual([["fo:o", "a:b\nc\rd\\e\\n"]]);
  });

  test.each(["foo:a\\tb", "foo:a\\", "fo\\to:a", "foo:\\C", "foo:\\"])(
    "D3: the undefined escape in %s is refused",
    (line) => {
      expect(faultOf(frame("SEND", [line]))).toBe("1002 bad_escape");
      expect(faultOf(frame("SEND", [line]), "1.1")).toBe("1002 bad_escape");
    },
  );

  test("D4: 1.1 knows three escapes, and \\r is not one of them", () => {
    expect(only("SEND\nfoo:\\n\\c\\\\\n\n\0", "1.1").headers).toEqual([["foo", "\n:\\"]]);
    expect(faultOf("SEND\nfoo:a\\rb\n\n\0", "1.1")).toBe("1002 bad_escape");
  });

  test("D5: 1.0 knows none", () => {
    expect(only("SEND\nfoo:a\\tb:c\\n\n\n\0", "1.0").headers).toEqual([["foo", "a\\tb:c\\n"]]);
  });

  test("B11: CONNECT and STOMP are literal in every version", () => {
    for (const command of ["CONNECT", "STOMP"]) {
      expect(only(`${command}\npasscode:a\\cb\\t\\\n\n\0`, "1.2").headers).toEqual([["passcode", "a\\cb\\t\\"]]);
    }
  });
});

describe("Body", () => {
  test("E1: a body with NULs is as long as it says", () => {
    expect(only("SEND\ncontent-length:5\n\na\0b\0c\0").body).toBe("a\0b\0c");
    const [first, second] = decode(`SEND\ncontent-length:5\n\n가\0b\0${frame("BEGIN", ["transaction:t"])}`);
    expect(first?.body).toBe("가\0b");
    expect(second?.command).toBe("BEGIN");
  });

  test("E2: without a length it ends at the first NUL", () => {
    expect(decode("SEND\n\na\0\nDISCONNECT\n\n\0").map((one) => one.body)).toEqual(["a", ""]);
  });

  test("E3: the length counts octets", () => {
    expect(only("SEND\ncontent-length:13\n\n日本語🙂\0").body).toBe("日本語🙂");
    expect(faultOf("SEND\ncontent-length:4\n\n日本語🙂\0")).toBe("1002 bad_length");
    const long = "한글🙂".repeat(500);
    expect(only(`SEND\ncontent-length:${bytesOf(long).length}\n\n${long}\0`).body).toBe(long);
    const withNuls = `${long}\0${long}`;
    expect(only(`SEND\ncontent-length:${bytesOf(withNuls).length}\n\n${withNuls}\0`).body).toBe(withNuls);
  });

  test("E4: a declared length that is not followed by NUL is refused", () => {
    expect(faultOf("SEND\ncontent-length:1\n\nab\0")).toBe("1002 bad_length");
    expect(faultOf("SEND\ncontent-length:0\n\nab\0")).toBe("1002 bad_length");
  });

  test("E5: a declared length that has not come is waited for", () => {
    expect(decode("SEND\ncontent-length:9\n\nab\0")).toEqual([]);
    expect(decode("SEND\ncontent-length:2\n\nab")).toEqual([]);
    expect(decodeAll(["SEND\ncontent-length:2\n\nab", "\0"]).length).toBe(1);
  });

  test.each(["-1", "abc", "1e3", "+5", "", " 5", "0x5", "5 ", "５", "1.0"])(
    "E6: the length '%s' is refused",
    (length) => {
      expect(faultOf(`SEND\ncontent-length:${length}\n\nhello\0`)).toBe("1002 bad_length");
    },
  );

  test.each(["1025", "9007199254740993", "9".repeat(200)])(
    "E7: the length %s over the limit is refused as soon as the headers end",
    (length) => {
      expect(faultOf(`SEND\ncontent-length:${length}\n\n`, "1.2", FRAME_LIMITS)).toBe("1009 too_large");
    },
  );

  test("E8: a length on any frame is honoured", () => {
    expect(only("SUBSCRIBE\nid:1\ncontent-length:0\n\n\0").body).toBe("");
    expect(only("DISCONNECT\ncontent-length:1\n\n\0\0").body).toBe("\0");
  });

  test("E11: header text is UTF-8, and what is not is refused", () => {
    expect(only("SEND\nключ:значение🙂\n\n\0").headers).toEqual([["ключ", "значение🙂"]]);
    expect(faultOf(Uint8Array.of(...bytesOf("SEND\nfoo:"), 0xff, ...bytesOf("\n\n\0")))).toBe("1002 bad_utf8");
    expect(faultOf(Uint8Array.of(...bytesOf("SEN"), 0xc3, ...bytesOf("\n\n\0")))).toBe("1002 bad_utf8");
  });

  test("E12: a body that is not text stays octets", () => {
    const body = Uint8Array.of(0, 255, 254, 0, 10);
    const data = Uint8Array.of(...bytesOf("SEND\ncontent-length:5\n\n"), ...body, 0, ...bytesOf("BEGIN\n\n\0"));
    const frames = decode(data);
    expect(frames[0]?.body).toEqual(body);
    expect(frames[1]?.command).toBe("BEGIN");
    data.fill(1);
    expect(frames[0]?.body).toEqual(body);
  });

  test("a byte order mark is a character like any other", () => {
    expect(decode(bytesOf("SEND\n\n\uFEFFa\0"))[0]?.body).toBe("\uFEFFa");
    expect(decodeAll([bytesOf("SEND\n\n"), bytesOf("\uFEFFa\0")])[0]?.body).toBe("\uFEFFa");
  });
});

describe("WebSocket messages", () => {
  const lines = ["destination:/a\\cb", "ключ:значение🙂", "content-length:14"];
  const stream = `${frame("SEND", lines, "日本\0語🙂")}\n\r\n${frame("SEND", ["foo:a\r"].slice(1), "hé")}\r\n${frame("ABORT", ["transaction:t"])}`;
  const whole = decode(stream);

  test("F1, F2, F5: several frames in one message, text or binary", () => {
    expect(whole.map((one) => one.command)).toEqual(["SEND", "SEND", "ABORT"]);
    expect(decode(bytesOf(stream))).toEqual(whole);
    expect(decodeAll([stream, bytesOf(stream), stream])).toEqual([...whole, ...whole, ...whole]);
  });

  test("F3, F4: frames cut at every octet are the same, in binary and with what follows in text", () => {
    const bytes = bytesOf(stream);
    for (let i = 0; i <= bytes.length; i++) {
      expect(decodeAll([bytes.subarray(0, i), bytes.subarray(i)])).toEqual(whole);
    }
    expect(decodeAll(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)))).toEqual(whole);
  });

  test("F3: frames cut at every character are the same, in text, and text and binary mixed", () => {
    const characters = [...stream];
    for (let i = 0; i <= characters.length; i++) {
      const head = characters.slice(0, i).join("");
      const tail = characters.slice(i).join("");
      expect(decodeAll([head, tail])).toEqual(whole);
      expect(decodeAll([bytesOf(head), tail])).toEqual(whole);
      expect(decodeAll([head, bytesOf(tail)])).toEqual(whole);
    }
    expect(decodeAll(characters)).toEqual(whole);
  });

  test("F3: a cut at every pair of octets changes nothing in a frame with CR LF and escapes", () => {
    const bytes = bytesOf("SEND\r\nfoo:a\\c\\nb\r\ncontent-length:3\r\n\r\n\0\r\n\0");
    const expected = decode(bytes);
    for (let i = 0; i <= bytes.length; i++) {
      for (let j = i; j <= bytes.length; j++) {
        expect(decodeAll([bytes.subarray(0, i), bytes.subarray(i, j), bytes.subarray(j)])).toEqual(expected);
      }
    }
  });

  test("F6, F7: empty messages and ends of line give nothing and leave nothing behind", () => {
    const decoder = new Decoder(FRAME_LIMITS);
    for (const data of ["", new Uint8Array(), "\n", "\r\n", bytesOf("\n\n")]) {
      decoder.push(data, () => expect.unreachable());
      expect(decoder.isIdle).toBe(true);
    }
  });
});

describe("Limits", () => {
  const fault = (data: string) => faultOf(data, "1.2", FRAME_LIMITS);

  test("M1: one header more than allowed is refused, even before the headers end", () => {
    expect(fault(`SEND\n${"a:b\n".repeat(8)}\n\0`)).toBe("none");
    expect(fault(`SEND\n${"a:b\n".repeat(9)}`)).toBe("1009 too_large");
  });

  test("M2: a header line one octet too long is refused before it ends", () => {
    expect(fault(`SEND\na:${"x".repeat(254)}\r\n\n\0`)).toBe("none");
    expect(fault(`SEND\na:${"x".repeat(255)}\n\n\0`)).toBe("1009 too_large");
    expect(fault(`SEND\na:${"x".repeat(255)}`)).toBe("1009 too_large");
    expect(fault(`SEND\na:${"가".repeat(84)}xx\n\n\0`)).toBe("none");
    expect(fault(`SEND\na:${"가".repeat(85)}\n\n\0`)).toBe("1009 too_large");
  });

  test("M3: a body one octet too long is refused before it ends, declared or not", () => {
    expect(fault(`SEND\n\n${"x".repeat(1_024)}\0`)).toBe("none");
    expect(fault(`SEND\n\n${"x".repeat(1_025)}`)).toBe("1009 too_large");
    expect(fault(`SEND\n\n${"가".repeat(342)}`)).toBe("1009 too_large");
    expect(fault(`SEND\ncontent-length:1024\n\n${"x".repeat(1_024)}\0`)).toBe("none");
    expect(fault("SEND\ncontent-length:1025\n\n")).toBe("1009 too_large");
  });

  test("M4: a command of 33 octets is refused before it ends", () => {
    expect(fault(`${"X".repeat(32)}\r\n\n\0`)).toBe("none");
    expect(fault("X".repeat(33))).toBe("1009 too_large");
    expect(fault(`${"X".repeat(33)}\n\n\0`)).toBe("1009 too_large");
    expect(fault(`${"가".repeat(11)}\n\n\0`)).toBe("1009 too_large");
  });

  test("a frame longer than allowed is refused though each of its parts is not", () => {
    const limits = { ...FRAME_LIMITS, frameBytes: 100 };
    const line = `a:${"x".repeat(40)}\n`;
    expect(faultOf(`SEND\n${line}${line}\n${"y".repeat(8)}\0`, "1.2", limits)).toBe("1009 too_large");
    expect(faultOf(`SEND\n${line}${line}\n${"y".repeat(7)}\0`, "1.2", limits)).toBe("none");
    expect(faultOf(`SEND\n${line}\n${"y".repeat(50)}\0`, "1.2", limits)).toBe("none");
    expect(faultOf(`SEND\n${line}${line}${line}`, "1.2", limits)).toBe("1009 too_large");
    expect(faultOf(`SEND\n${line}content-length:90\n\n`, "1.2", limits)).toBe("1009 too_large");
  });

  test("an error names the receipt that was read before it", () => {
    for (const data of ["SEND\nreceipt:a\\cb\nfoo\n\n\0", bytesOf("SEND\nreceipt:a\\cb\nfoo\n\n\0").subarray(0)]) {
      try {
        decode(data);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ receiptId: "a:b", code: "bad_header", heading: "Augmented BNF" });
      }
    }
  });
});
