import type { Language, Person } from "../src/domain/account.ts";
import type { Locale, RenderContext } from "./context.ts";
import { isFewEmoji } from "./emoji.ts";
import { formatOf, type Part } from "./format.ts";
import { paths } from "./paths.ts";
import { calledIn } from "./text.ts";
import { fullTime, relativeTime } from "./time.ts";

interface MomentProps {
  readonly ms: number;
  readonly id?: string;
  /** By what a list puts its rows in order, where that is another time. */
  readonly activeAtMs?: number;
}

/** When something happened. */
export function Time({ context, ...moment }: MomentProps & { readonly context: RenderContext }) {
  return <TimeInWords locale={context} words={relativeTime(context, moment.ms)} {...moment} />;
}

/** The same, where it has been said how long ago. The script refreshes what carries `data-relative` once a minute. */
export function TimeInWords(props: MomentProps & { readonly locale: Locale; readonly words: string }) {
  const { locale, words, ms, id, activeAtMs = ms } = props;
  const active = activeAtMs === ms ? undefined : new Date(activeAtMs).toISOString();
  return (
    <time
      id={id}
      datetime={new Date(ms).toISOString()}
      title={fullTime(locale, ms)}
      data-relative=""
      data-active={active}
    >
      {words}
    </time>
  );
}

/** Half of a surrogate pair or a sign of direction alone makes no letter; `#` stands in. */
function initialOf(name: string): string {
  for (const sign of name) if (INITIAL.test(sign)) return sign.toUpperCase();
  return "#";
}
const INITIAL = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

const TINTS = 8;

function tintOf(userId: string): number {
  let hash = 0;
  for (let i = 0; i < userId.length; i++) hash = (hash * 31 + userId.charCodeAt(i)) >>> 0;
  return hash % TINTS;
}

/** Stands where a picture would: the first letter on a tint that belongs to the user id. */
export function Monogram({ person, size }: { person: Person; size?: "large" | "small" }) {
  return (
    <span class={`mono tint-${tintOf(person.userId)}${size ? ` ${size}` : ""}`} aria-hidden="true">
      {initialOf(person.name)}
    </span>
  );
}

/** A name that leads to its person, if they are still there; `bdi` keeps its direction from reaching the words around it. */
export function Author({ person, language }: { person: Person; language: Language }) {
  if (person.name === "") {
    return (
      <span class="author former">
        <bdi>{calledIn(language, person)}</bdi>
      </span>
    );
  }
  return (
    <a class="author" href={paths.member(person.userId)}>
      <bdi>{person.name}</bdi>
    </a>
  );
}

/** A sentence around a name, in which each keeps its own direction. */
export function WithName({ say, name }: { say: (name: string) => string; name: string }) {
  const [before, after] = say("\0").split("\0");
  return (
    <>
      {before}
      <bdi>{name}</bdi>
      {after}
    </>
  );
}

/** The host in ASCII, then a path that may be in any script: a Korean particle right behind a host is no part of it. */
const LINK = /\bhttps?:\/\/[a-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][^\s<>"'`\u200b-\u200f\u202a-\u202e\u2066-\u2069]*)?/gi;

/** More links than this in one text are words: each costs as much as a whole line, and a page has a thousand texts. */
const LINKS_MAX = 50;

type Piece = string | { readonly href: string; readonly shown: string };

/** Splits a text into words and the http(s) links among them. Nothing but http and https becomes a link. */
export function linksIn(body: string, max = LINKS_MAX): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let linkCount = 0;
  for (const match of body.matchAll(LINK)) {
    if (linkCount >= max) break;
    const shown = withoutTail(match[0]);
    const url = URL.canParse(shown) ? new URL(shown) : undefined;
    if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) continue;
    if (match.index > at) pieces.push(body.slice(at, match.index));
    pieces.push({ href: url.href, shown });
    linkCount++;
    at = match.index + shown.length;
  }
  if (at < body.length) pieces.push(body.slice(at));
  return pieces;
}

/** A full stop or a closing bracket behind a link belongs to the sentence, unless the bracket was opened inside. */
function withoutTail(link: string): string {
  // Counted once, not again for each sign that goes: a link of brackets alone must not hold up everybody.
  let surplus = countOf(link, ")") - countOf(link, "(");
  let end = link.length;
  for (; end > 0; end--) {
    const last = link[end - 1] ?? "";
    if (last === ")" && surplus > 0) surplus--;
    else if (!TAIL.includes(last)) break;
  }
  return link.slice(0, end);
}

const TAIL = ".,;:!?…。、」』）";
const countOf = (text: string, sign: string) => text.split(sign).length - 1;

interface Left {
  links: number;
  names: number;
}

/** What somebody wrote: escaped, new lines kept by the style, what they set apart set apart, links made safe to follow. */
export function Text({ body, class: className = "body" }: { body: string; class?: string }) {
  return (
    <div class={isFewEmoji(body) ? `${className} emoji` : className} dir="auto">
      {TELLING.test(body) ? <Formatted body={body} /> : body}
    </div>
  );
}

/** Without any of these a text is words alone: most are, and are not looked through any further. */
const TELLING = /[`*>@]|:\/\//;

function Formatted({ body }: { body: string }) {
  const left: Left = { links: LINKS_MAX, names: LINKS_MAX };
  return (
    <>
      {formatOf(body).map(({ kind, parts }) => {
        const shown = parts.map((part) => <Shown part={part} left={left} />);
        if (kind === "quote") return <blockquote>{shown}</blockquote>;
        return kind === "code" ? <pre>{shown}</pre> : shown;
      })}
    </>
  );
}

function Shown({ part: { kind, text }, left }: { part: Part; left: Left }) {
  // In the text it stays: whoever edits it there has it before them.
  if (kind === "sign") return <span hidden>{text}</span>;
  const words = <Words text={text} left={left} />;
  if (kind === "strong") return <strong>{words}</strong>;
  if (kind === "em") return <em>{words}</em>;
  return kind === "code" ? <code>{words}</code> : words;
}

/** Words with the links and the people among them. */
function Words({ text, left }: { text: string; left: Left }) {
  return (
    <>
      {linksIn(text, left.links).map((piece) => {
        if (typeof piece !== "string") {
          left.links--;
          return (
            <a href={piece.href} rel="nofollow noopener ugc" target="_blank">
              {piece.shown}
            </a>
          );
        }
        const words = piece.split(MENTION);
        const max = left.names;
        left.names = Math.max(0, left.names - (words.length - 1) / 2);
        return <Named words={words} max={max} />;
      })}
    </>
  );
}

/** Whom a text may name: as domain/mention, which decides who hears of it. */
const MENTION = /(?<![A-Za-z0-9_@/.])(@[a-z0-9_]{3,20})(?![A-Za-z0-9_@])/;

/** Words with the first of the people among them as links. Nobody asks whether there is such a member: the link says so. */
function Named({ words, max }: { words: readonly string[]; max: number }) {
  return (
    <>
      {words.slice(0, 2 * max).map((part, i) =>
        i % 2 === 0 ? (
          part
        ) : (
          <a class="mention" href={paths.member(part.slice(1))}>
            {part}
          </a>
        ),
      )}
      {words.slice(2 * max).join("")}
    </>
  );
}

const ICONS = {
  feed: "M4 11.5 12 5l8 6.5V19a1 1 0 0 1-1 1h-4.5v-5h-5v5H5a1 1 0 0 1-1-1z",
  messages:
    "M12 4.5c4.7 0 8.5 3.1 8.5 7s-3.8 7-8.5 7c-1 0-2-.1-2.9-.4L4.5 20l1-3.7c-1.3-1.2-2-2.9-2-4.8 0-3.9 3.8-7 8.5-7z",
  alarms: "M12 4a5.5 5.5 0 0 0-5.5 5.5c0 4.5-2 6-2 6h15s-2-1.5-2-6A5.5 5.5 0 0 0 12 4zM10 18.5a2.1 2.1 0 0 0 4 0",
  person: "M12 12.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.5 3.8-5.5 7.5-5.5s6.7 2 7.5 5.5",
  settings:
    "M4 7h9m5 0h2M4 17h2m5 0h9M15.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8.5 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  heart: "M12 20.5S3.5 15.6 3.5 9.4A4.8 4.8 0 0 1 12 6.4a4.8 4.8 0 0 1 8.5 3c0 6.2-8.5 11.1-8.5 11.1z",
  comment: "M5 5.5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7.5L7.5 20v-3.5H5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z",
  forward: "M9.5 5.5 16 12l-6.5 6.5",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.7 15.7l4.3 4.3",
  back: "M14.5 5.5 8 12l6.5 6.5",
  at: "M15.5 8.5v5a2.5 2.5 0 0 0 5 0V12a8.5 8.5 0 1 0-3.5 6.9M15.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0z",
  send: "M12 19V5.5M6 11l6-6 6 6",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  group:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19c.6-3 3.2-4.8 6.5-4.8s5.9 1.8 6.5 4.8M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.8c1.9.7 3.1 2.2 3.5 4.2",
  picture:
    "M5 5h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM4 16.5l4.5-5 4 4.5 2.5-2.5 5 4.5M15.5 9h.01",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  shield: "M12 4 5.5 6.5v5c0 4.2 2.6 7 6.5 8.5 3.9-1.5 6.5-4.3 6.5-8.5v-5z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
} as const;

/** A line drawing that takes the colour of the text around it; the words beside it carry the meaning. */
export function Icon({ name }: { name: keyof typeof ICONS }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}

/** A birdie is written on a score card as a circled number: the ring is the sign of the house. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
      <circle cx="16" cy="16" r="14" />
      <path d="M7.5 17.5c3.5.5 5-1 6.5-3s3.2-4 6-4c2 0 3.4 1 4 2.5l2.5 1-2.6 1.2c-.2 4.3-3.4 7.3-7.9 7.3-4 0-7-1.8-8.5-5z" />
    </svg>
  );
}
