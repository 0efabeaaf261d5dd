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
});
