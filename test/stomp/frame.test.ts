import { describe, expect, test } from "bun:test";
import { asBytes, encodeFrame } from "../../src/stomp/frame.ts";
import { bytesOf, decode } from "./conversation.ts";

describe("encodeFrame", () => {
  test("F10: a frame ends at its NUL", () => {
    expect(encodeFrame("1.2", "RECEIPT", [["receipt-id", "r"]])).toBe("RECEIPT\nreceipt-id:r\n\n\0");
  });

  test("D1, D2, D7: names and values are escaped as the version has it", () => {
    const headers = [["fo:o", "a:b\nc\\d\re"]] as const;
    expect(encodeFrame("1.2", "MESSAGE", headers)).toBe("MESSAGE\nfo\\co:a\\cb\\nc\\\\d\\re\n\n\0");
    expect(encodeFrame("1.1", "MESSAGE", headers)).toBe("MESSAGE\nfo\\co:a\\cb\\nc\\\\d\re\n\n\0");
  });

  test("C9: a colon in a value goes out raw to 1.0 and escaped to the others", () => {
    expect(encodeFrame("1.0", "MESSAGE", [["foo", "a:b\\c"]])).toBe("MESSAGE\nfoo:a:b\\c\n\n\0");
    expect(encodeFrame("1.1", "MESSAGE", [["foo", "a:b"]])).toBe("MESSAGE\nfoo:a\\cb\n\n\0");
  });

  test("D6: what a version cannot write becomes a blank, or its header goes; no line is ever begun by a value", () => {
    expect(encodeFrame("1.0", "MESSAGE", [["foo", "a\nb\r\nc\0d"]])).toBe("MESSAGE\nfoo:a b  c d\n\n\0");
    const unwritable = [["a:b", "1"] as const, ["a\nb", "2"] as const, ["", "3"] as const, ["c", "4"] as const];
    expect(encodeFrame("1.0", "MESSAGE", unwritable)).toBe("MESSAGE\nc:4\n\n\0");
    for (const version of ["1.1", "1.2"] as const) {
      expect(
        encodeFrame(version, "MESSAGE", [
          ["f\0o", "a\0b"],
          ["", "x"],
        ]),
      ).toBe("MESSAGE\nf o:a b\n\n\0");
    }
  });

  test("B13: CONNECTED is never escaped, and neither line feed nor carriage return gets in", () => {
    expect(encodeFrame("1.2", "CONNECTED", [["user-name", "org:ann\\\r\nx"]])).toBe(
      "CONNECTED\nuser-name:org:ann\\  x\n\n\0",
    );
  });

  test("E1, E3, E9: a body has its length in octets, once, whatever length is given", () => {
    expect(encodeFrame("1.2", "MESSAGE", [["content-length", "99"]], "日本語🙂")).toBe(
      "MESSAGE\ncontent-length:13\n\n日本語🙂\0",
    );
    expect(encodeFrame("1.2", "MESSAGE", [["content-length", "99"]], "")).toBe("MESSAGE\n\n\0");
    const long = "é".repeat(40_000);
    expect(decode(encodeFrame("1.2", "MESSAGE", [], long))[0]?.body).toBe(long);
  });

  test("F9: text where the whole is text, octets where it is not", () => {
    expect(encodeFrame("1.2", "MESSAGE", [], bytesOf("é"))).toBe("MESSAGE\ncontent-length:2\n\né\0");
    const bytes = encodeFrame("1.2", "MESSAGE", [["é", "1"]], Uint8Array.of(255, 0));
    expect(bytes).toEqual(Uint8Array.of(...bytesOf("MESSAGE\né:1\ncontent-length:2\n\n"), 255, 0, 0));
    expect(asBytes("é")).toEqual(bytesOf("é"));
    expect(asBytes(bytes)).toBe(bytes as Uint8Array);
  });
});
