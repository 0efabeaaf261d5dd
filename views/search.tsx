import type { FC } from "hono/jsx";
import type { Person } from "../src/domain/account.ts";
import type { Found, FoundKind, FoundList, Piece } from "../src/domain/search.ts";
import type { PageContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { ids } from "./ids.ts";
import { Layout } from "./layout.tsx";
import { Icon, Monogram, Time } from "./parts.tsx";
import { paths } from "./paths.ts";
import { calledIn, text } from "./text.ts";

interface SearchProps {
  readonly page: PageContext;
  readonly query: string;
  /** Undefined: a few of each kind. */
  readonly kind: FoundKind | undefined;
  /** The first members whose names begin so; with one kind, none. */
  readonly people: readonly Person[];
  readonly hasMorePeople: boolean;
  readonly lists: readonly FoundList[];
}

/**
 * Members, one's own rooms, posts and comments, newest first. A plain form: works without script, and its address can
 * be kept.
 */
export const SearchPage: FC<SearchProps> = ({ page, query, kind, people, hasMorePeople, lists }) => {
  const { search, rooms } = text(page.language);
  const shown = lists.filter((list) => list.found.length > 0);
  return (
    <Layout page={page} title={query === "" ? search.title : `${query} — ${search.title}`}>
      <h1>{search.title}</h1>
      <search>
        <form class="search" method="get" action={paths.search}>
          <input
            type="search"
            name="q"
            value={query}
            maxlength={100}
            aria-label={search.label}
            placeholder={search.title}
            autocomplete="off"
            autofocus={query === ""}
          />
          <button type="submit">{search.button}</button>
        </form>
      </search>
      {query === "" && <p class="lead">{search.lead}</p>}
      {query !== "" && <Kinds page={page} query={query} kind={kind} />}
      {query !== "" && shown.length === 0 && people.length === 0 && (
        <Blank title={search.nothing(query)}>
          <p>{search.nothingMore}</p>
          <a class="button quiet" href={kind ? paths.searchFor(query) : paths.members}>
            {kind ? search.everywhere : rooms.find}
          </a>
        </Blank>
      )}
      {people.length > 0 && <People page={page} query={query} people={people} hasMore={hasMorePeople} />}
      {shown.map((list) => (
        <Section page={page} query={query} list={list} isAlone={kind !== undefined} />
      ))}
    </Layout>
  );
};

const KINDS: readonly (FoundKind | undefined)[] = [undefined, "messages", "posts", "comments"];

const Kinds: FC<{ page: PageContext; query: string; kind: FoundKind | undefined }> = ({ page, query, kind }) => {
  const { search } = text(page.language);
  return (
    <nav class="chips kinds" aria-label={search.kinds.label}>
      {KINDS.map((one) => (
        <a href={paths.searchFor(query, one)} aria-current={one === kind ? "page" : undefined}>
          {search.kinds[one ?? "all"]}
        </a>
      ))}
      {/* People have a page of their own. */}
      <a href={paths.membersFor(query)}>{search.members}</a>
    </nav>
  );
};

interface PeopleProps {
  readonly page: PageContext;
  readonly query: string;
  readonly people: readonly Person[];
  readonly hasMore: boolean;
}

const People: FC<PeopleProps> = ({ page, query, people, hasMore }) => {
  const { search } = text(page.language);
  return (
    <section class="found">
      <h2>{search.members}</h2>
      <ol>
        {people.map((person) => (
          <li>
            <a class="hit" href={paths.member(person.userId)}>
              <Monogram person={person} size="small" />
              <span class="hit-text">
                <span>
                  <bdi>{person.name}</bdi> <span class="meta">{`@${person.userId}`}</span>
                </span>
              </span>
              <Icon name="forward" />
            </a>
          </li>
        ))}
      </ol>
      {hasMore && (
        <a class="older" href={paths.membersFor(query)}>
          {search.all(search.members)}
        </a>
      )}
    </section>
  );
};

interface SectionProps {
  readonly page: PageContext;
  readonly query: string;
  readonly list: FoundList;
  /** The only kind shown: then its older hits follow here. */
  readonly isAlone: boolean;
}

const Section: FC<SectionProps> = ({ page, query, list, isAlone }) => {
  const { search } = text(page.language);
  const { kind, found, before } = list;
  return (
    <section class="found">
      {!isAlone && <h2>{search.kinds[kind]}</h2>}
      <ol>
        {found.map((hit) => (
          <li>
            <Hit page={page} hit={hit} />
          </li>
        ))}
      </ol>
      {before !== undefined && (
        <a class="older" href={paths.searchFor(query, kind, isAlone ? before : undefined)}>
          {isAlone ? search.older : search.all(search.kinds[kind])}
        </a>
      )}
    </section>
  );
};

const Hit: FC<{ page: PageContext; hit: Found }> = ({ page, hit }) => (
  <a class="hit" href={placeOf(hit)}>
    <Monogram person={hit.author} size="small" />
    <span class="hit-text">
      <span class="meta">
        <bdi>{calledIn(page.language, hit.author)}</bdi> <Time context={page} ms={hit.createdAtMs} />
      </span>
      {hit.title && (
        <strong dir="auto">
          <Pieces pieces={hit.title} />
        </strong>
      )}
      <span class="hit-excerpt" dir="auto">
        <Pieces pieces={hit.excerpt} />
      </span>
    </span>
    <Icon name="forward" />
  </a>
);

const Pieces: FC<{ pieces: readonly Piece[] }> = ({ pieces }) => (
  <>{pieces.map((piece) => (piece.isHit ? <mark>{piece.text}</mark> : piece.text))}</>
);

/** The hit itself, with what stands around it. */
function placeOf({ kind, id, placeId }: Found): string {
  if (kind === "messages") return `${paths.room(placeId)}?around=${id}#${ids.message(id)}`;
  if (kind === "posts") return paths.post(id);
  return `${paths.post(placeId)}?comment=${id}#${ids.comment(id)}`;
}
