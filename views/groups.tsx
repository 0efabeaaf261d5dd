import type { FC } from "hono/jsx";
import type { Person } from "../src/domain/account.ts";
import type { Fault } from "../src/domain/errors.ts";
import type { Message } from "../src/domain/room.ts";
import type { PageContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { Area, Input, type Values } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { limits } from "./limits.ts";
import { Author, Monogram } from "./parts.tsx";
import { paths } from "./paths.ts";
import { UnblockForm } from "./room-members.tsx";
import { text } from "./text.ts";

interface NewGroupProps {
  readonly page: PageContext;
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
}

/** Characters of the longest list of user ids: more than a whole group of the longest ones. */
const PEOPLE_MAX = 2000;

/** People are named in a text box, where @ and the beginning of a name offers them. */
export const NewGroupPage: FC<NewGroupProps> = ({ page, values, faults }) => {
  const { talk, site } = text(page.language);
  return (
    <Layout page={page} title={talk.newGroup}>
      <h1>{talk.newGroup}</h1>
      <p class="lead">{talk.groupLead}</p>
      <form method="post" action={paths.rooms} class="stack setting">
        <Area
          language={page.language}
          name="userIds"
          label={talk.groupPeople}
          hint={talk.groupPeopleHint}
          value={values?.["userIds"]}
          faults={faults}
          rows={2}
          max={PEOPLE_MAX}
          isPeople
          autofocus
        />
        <Input
          language={page.language}
          name="name"
          label={talk.groupName}
          value={values?.["name"]}
          faults={faults}
          autocomplete="off"
          isOptional
          max={limits.roomNameMax}
        />
        <div class="actions">
          <button type="submit">{talk.createGroup}</button>
          <a class="button quiet" href={paths.rooms}>
            {site.cancel}
          </a>
        </div>
      </form>
    </Layout>
  );
};

interface EditMessageProps {
  readonly page: PageContext;
  readonly message: Message;
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
}

export const EditMessagePage: FC<EditMessageProps> = ({ page, message, values, faults }) => {
  const { talk, rooms, site } = text(page.language);
  return (
    <Layout page={page} title={talk.editTitle}>
      <h1>{talk.editTitle}</h1>
      <form method="post" action={paths.messageAct(message.roomId, message.id, "edit")} class="stack setting">
        <Area
          language={page.language}
          name="message"
          label={rooms.write}
          isLabelHidden
          value={values?.["message"] ?? message.body}
          faults={faults}
          rows={4}
          max={limits.messageMax}
          autofocus
        />
        <div class="actions">
          <button type="submit">{site.save}</button>
          <a class="button quiet" href={paths.message(message.roomId, message.id)}>
            {site.cancel}
          </a>
        </div>
      </form>
    </Layout>
  );
};

/** Whom the reader has blocked, each with the way back. */
export const BlocksPage: FC<{ page: PageContext; people: readonly Person[] }> = ({ page, people }) => {
  const { talk, rooms } = text(page.language);
  return (
    <Layout page={page} title={talk.blocks}>
      <h1>{talk.blocks}</h1>
      {people.length > 0 ? (
        <p class="lead">{talk.blocksLead}</p>
      ) : (
        <Blank title={talk.noBlocks}>
          <p>{talk.noBlocksMore}</p>
          <a class="button quiet" href={paths.members}>
            {rooms.find}
          </a>
        </Blank>
      )}
      <ul class="members">
        {people.map((person) => (
          <li class="member-row">
            <Monogram person={person} size="small" />
            <span class="member-name">
              <Author person={person} language={page.language} />
            </span>
            <UnblockForm page={page} userId={person.userId} />
          </li>
        ))}
      </ul>
    </Layout>
  );
};
