import type { FC } from "hono/jsx";
import type { Language, Person } from "../src/domain/account.ts";
import type { PageContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { Layout } from "./layout.tsx";
import { Monogram } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

/** What may be meant by the beginning of a name, for the list below a text box. The script makes them options. */
export const MemberOptions: FC<{ people: readonly Person[] }> = ({ people }) => (
  <>
    {people.map((person) => (
      <div data-user-id={person.userId}>
        <Monogram person={person} size="small" />
        <bdi>{person.name}</bdi>
        <span class="meta">{`@${person.userId}`}</span>
      </div>
    ))}
  </>
);

/** The same search as a page. */
export const MembersPage: FC<{ page: PageContext; query: string; people: readonly Person[]; hasMore?: boolean }> = (
  props,
) => {
  const { page, query, people, hasMore = false } = props;
  const { choices } = text(page.language);
  return (
    <Layout page={page} title={choices.members}>
      <h1>{choices.members}</h1>
      <form method="get" action={paths.members} class="find-member">
        <label for="find-member" class="sr">
          {choices.findMember}
        </label>
        <input id="find-member" type="search" name="q" value={query} placeholder={choices.memberName} maxlength={40} />
        <button type="submit">{choices.find}</button>
      </form>
      <MemberList language={page.language} people={people} query={query} />
      {hasMore && <p class="quiet-line">{choices.moreMembers}</p>}
    </Layout>
  );
};

const MemberList: FC<{ language: Language; people: readonly Person[]; query: string }> = (props) => {
  const { language, people, query } = props;
  const { choices, site } = text(language);
  if (people.length === 0) {
    // Without a name asked for, the only member there is looks at this page.
    return (
      <Blank title={query === "" ? choices.noMembersYet : choices.noMembers(query)}>
        <p>{query === "" ? choices.noMembersYetMore : choices.noMembersMore}</p>
        <a class="button quiet" href={query === "" ? paths.home : paths.members}>
          {query === "" ? site.home : choices.allMembers}
        </a>
      </Blank>
    );
  }
  return (
    <ul class="found-members">
      {people.map((person) => (
        <li>
          <a href={paths.member(person.userId)}>
            <Monogram person={person} />
            <span>
              <bdi>{person.name}</bdi> <span class="meta">{`@${person.userId}`}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
};
