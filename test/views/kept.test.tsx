import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { FC } from "hono/jsx";
import { kept, numbered } from "../../views/kept.tsx";
import { MessageLikes, MessageMenu } from "../../views/message-menu.tsx";

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

describe("a component that is made once for all numbers", () => {
  const Row: FC<{ roomId: number; id: number; name: string; isLoud: boolean }> = ({ roomId, id, name, isLoud }) => (
    <a id={`row-${id}`} href={`/rooms/${roomId}/${id}?from=${id}`} title={name} tabindex={isLoud ? 0 : -1}>
      {id} of {roomId}
    </a>
  );
  const Numbered = numbered(["roomId", "id"], Row);

  test("is what it would be, whatever the numbers and the rest", () => {
    const number = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 8_070_605_040_302_010));
    const props = fc.record({ roomId: number, id: number, name: fc.string({ maxLength: 3 }), isLoud: fc.boolean() });
    fc.assert(
      fc.property(props, (one) => {
        expect(String(<Numbered {...one} />)).toBe(String(<Row {...one} />));
      }),
    );
  });

  test("is rendered once for what else differs, and is not escaped again", () => {
    let times = 0;
    const Counted = numbered<{ id: number; name: string }>(["id"], ({ id, name }) => {
      times++;
      return <b title={name}>{id}</b>;
    });
    const html = (id: number, name: string) =>
      String(
        <p>
          <Counted id={id} name={name} />
        </p>,
      );
    expect([html(1, "<"), html(22, "<"), html(3, ">")]).toEqual([
      '<p><b title="&lt;">1</b></p>',
      '<p><b title="&lt;">22</b></p>',
      '<p><b title="&gt;">3</b></p>',
    ]);
    expect(times).toBe(2);
  });

  test("of messages: nothing else is made of their numbers", () => {
    for (const language of ["ko", "en"] as const) {
      for (const whose of ["mine", "theirs", "anybody's"] as const) {
        for (const isLikedByMe of [false, true]) {
          const menu = (roomId: number, id: number) =>
            String(<MessageMenu {...{ language, whose, isLikedByMe, roomId, id }} />);
          expect(menu(71_071, 92_092).replaceAll("71071", "5").replaceAll("92092", "6")).toBe(menu(5, 6));
        }
      }
      const likes = (messageId: number, count: number) => String(<MessageLikes {...{ language, messageId, count }} />);
      expect(likes(71_071, 1).replaceAll("71071", "5")).toBe(likes(5, 1));
      const isHidden = (count: number) => likes(5, count).includes(' hidden=""');
      expect([isHidden(0), isHidden(1), isHidden(12)]).toEqual([true, false, false]);
    }
  });
});
