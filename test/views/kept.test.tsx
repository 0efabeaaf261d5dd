import { describe, expect, test } from "bun:test";
import { kept } from "../../views/kept.tsx";

describe("a component whose HTML is kept", () => {
  test("is rendered once for the same props, and anew for any other", () => {
    let times = 0;
    const Name = kept<{ name: string; isLoud: boolean }>(({ name, isLoud }) => {
      times++;
      return <b>{isLoud ? name.toUpperCase() : name}</b>;
    });
    const html = (name: string, isLoud: boolean) => String(<Name name={name} isLoud={isLoud} />);
    expect([html("a", false), html("a", false), html("a", true), html("b", false), html("a", false)]).toEqual([
      "<b>a</b>",
      "<b>a</b>",
      "<b>A</b>",
      "<b>b</b>",
      "<b>a</b>",
    ]);
    expect(times).toBe(3);
  });

  test("escapes what it is given, once, wherever it stands", () => {
    const Name = kept<{ name: string }>(({ name }) => <b title={name}>{name}</b>);
    for (let i = 0; i < 2; i++) {
      expect(
        String(
          <p>
            <Name name={'<i>"&'} />
          </p>,
        ),
      ).toBe('<p><b title="&lt;i&gt;&quot;&amp;">&lt;i&gt;&quot;&amp;</b></p>');
    }
  });

  test("keeps a limited number, and those that were asked for last", () => {
    let times = 0;
    const Number_ = kept<{ n: number }>(({ n }) => {
      times++;
      return <i>{n}</i>;
    });
    for (let n = 0; n < 1_024; n++) String(<Number_ n={n} />);
    String(<Number_ n={0} />);
    String(<Number_ n={1_024} />);
    expect(times).toBe(1_025);
    String(<Number_ n={0} />);
    expect(times).toBe(1_025);
    String(<Number_ n={1} />);
    expect(times).toBe(1_026);
  });

  test("tells data apart to the last of its leaves", () => {
    const Row = kept<{ row: { names: readonly string[]; at?: number } }>(({ row: { names, at } }) => (
      <i>
        {names.join("+")}
        {at}
      </i>
    ));
    const rows = [{ names: ["a"] }, { names: ["a", "b"] }, { names: ["a+b"] }, { names: ["a"], at: 1 }];
    for (let i = 0; i < 2; i++) {
      expect(rows.map((row) => String(<Row row={row} />))).toEqual([
        "<i>a</i>",
        "<i>a+b</i>",
        "<i>a+b</i>",
        "<i>a1</i>",
      ]);
    }
  });

  test("is not kept where it is large", () => {
    let times = 0;
    const Words = kept<{ words: string }>(({ words }) => {
      times++;
      return <p>{words}</p>;
    });
    for (const words of ["x".repeat(9_000), "가".repeat(3_000), "가".repeat(1_000)]) {
      for (let i = 0; i < 2; i++) expect(String(<Words words={words} />)).toBe(`<p>${words}</p>`);
    }
    expect(times).toBe(5);
  });
});
