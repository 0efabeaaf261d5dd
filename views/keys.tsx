import type { FC } from "hono/jsx";
import type { PageContext } from "./context.ts";
import { Switch } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

/** What is written on a key. Several in one row are pressed together. */
type Chord = readonly string[];
interface Row {
  /** Each of them does it. */
  readonly chords: readonly Chord[];
  readonly does: string;
}
interface Group {
  readonly name: string;
  readonly rows: readonly Row[];
}

const UP_DOWN: readonly Chord[] = [["↑"], ["↓"]];
const ESC: readonly Chord[] = [["Esc"]];

/** Every key that does something of ours. What browsers do by themselves is not repeated. */
function groupsOf({ everywhere, lists, room, writing, pictures }: ReturnType<typeof text>["keys"]): readonly Group[] {
  return [
    {
      name: everywhere.name,
      rows: [
        { chords: [["?"]], does: everywhere.help },
        { chords: ESC, does: everywhere.close },
        { chords: UP_DOWN, does: everywhere.menu },
      ],
    },
    {
      name: writing.name,
      rows: [
        { chords: [["Enter"]], does: writing.send },
        { chords: [["Shift", "Enter"]], does: writing.line },
        {
          chords: [
            ["Ctrl", "Enter"],
            ["⌘", "Enter"],
          ],
          does: writing.always,
        },
        { chords: UP_DOWN, does: writing.choose },
        { chords: [["Enter"], ["Tab"]], does: writing.take },
      ],
    },
    {
      name: room.name,
      rows: [
        { chords: [["↑"]], does: room.edit },
        { chords: ESC, does: room.leave },
        { chords: [["Page Up"], ["Page Down"]], does: room.pages },
        { chords: [["End"]], does: room.latest },
        { chords: UP_DOWN, does: room.messages },
        { chords: ESC, does: room.back },
      ],
    },
    {
      name: lists.name,
      rows: [
        { chords: UP_DOWN, does: lists.rows },
        { chords: [["Home"], ["End"]], does: lists.ends },
      ],
    },
    { name: pictures.name, rows: [{ chords: [["←"], ["→"]], does: pictures.turn }] },
  ];
}

/** A page of its own; on every other one, the script shows the same in front of it. */
export const KeysPage: FC<{ page: PageContext }> = ({ page }) => {
  const { keys } = text(page.language);
  return (
    <Layout page={page} title={keys.title}>
      <p class="back">
        <a href={paths.settings}>{keys.back}</a>
      </p>
      <section id="keys" aria-labelledby="keys-title" data-close={keys.close}>
        <h1 id="keys-title">{keys.title}</h1>
        <div class="key-groups">
          {groupsOf(keys).map(({ name, rows }) => (
            <div>
              <h2>{name}</h2>
              <dl>
                {rows.map(({ chords, does }) => (
                  <div>
                    <dt>
                      {chords.map((chord) => (
                        <span>
                          {chord.map((key) => (
                            <kbd>{key}</kbd>
                          ))}
                        </span>
                      ))}
                    </dt>
                    <dd>{does}</dd>
                  </div>
                ))}
              </dl>
            </div>
          ))}
        </div>
        {/* What one character alone sets off can be switched off (WCAG 2.2, 2.1.4). The script does both. */}
        <div hidden>
          <Switch id="keys-by-mark" label={keys.byMark} hint={keys.byMarkHint} />
        </div>
      </section>
    </Layout>
  );
};
