import type { FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { ErrorCode, Fault } from "../src/domain/errors.ts";
import type { RoomPage } from "../src/domain/room.ts";
import type { PageContext, RenderContext } from "./context.ts";
import { Refusal } from "./errors.tsx";
import { wordsOf } from "./format.ts";
import { ids } from "./ids.ts";
import { limits } from "./limits.ts";
import { Icon } from "./parts.tsx";
import { destinations, paths } from "./paths.ts";
import { PictureAlts, PictureField, PicturesAgain } from "./pictures.tsx";
import { UnblockForm } from "./room-members.tsx";
import { calledIn, text } from "./text.ts";

interface FootProps {
  readonly page: PageContext;
  readonly roomPage: RoomPage;
  readonly name: string;
  readonly clientId: string;
  /** Of one picture, in octets as it comes. */
  readonly pictureBytes: number;
  readonly refused?: Refused | undefined;
}

/** What was not stored, by a form without script: the words are in the box again, and why stands above it. */
export interface Refused {
  readonly message: string;
  /** What was said of the pictures. */
  readonly alt: string;
  /** Where pictures came with it. */
  readonly lost: string | undefined;
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];
}

/** Below a conversation: where one writes, or why one cannot. */
export const RoomFoot: FC<FootProps> = (props) => {
  const { page, roomPage, name, refused } = props;
  const { talk } = text(page.language);
  const other = roomPage.room.kind === "pair" ? roomPage.others[0] : undefined;
  return (
    <div class="room-foot">
      <p id={ids.typing} class="typing" aria-live="off" />
      <p id={ids.held} class="room-note" role="status">
        {roomPage.isHeld && talk.held}
      </p>
      {other && (
        // Beside what a push says to both of them: the script shows it by the list of whom the reader has blocked.
        <div id={ids.closedByMe} class="room-state" hidden={roomPage.closedBy !== "me"} data-other={other.userId}>
          {talk.closedByMe(name)}
          <UnblockForm page={page} userId={other.userId} />
        </div>
      )}
      <RoomState context={page} isClosed={roomPage.closedBy !== undefined} />
      {roomPage.isOtherAway && <p class="room-note">{talk.away(name)}</p>}
      {refused && <Refusal language={page.language} code={refused.code} faults={refused.faults} />}
      <PicturesAgain language={page.language} lost={refused?.lost} />
      <Answer {...props} />
    </div>
  );
};

/** Where one writes: not before a request is accepted, and not to somebody who has left. */
const Answer: FC<FootProps> = (props) => {
  const { page, roomPage, name } = props;
  if (roomPage.isOtherGone) {
    return (
      <div class="room-state">
        {text(page.language).closing.roomOver}
        <a class="button quiet small" href={paths.rooms}>
          {text(page.language).talk.toRooms}
        </a>
      </div>
    );
  }
  return roomPage.isRequest ? <RequestForms page={page} roomPage={roomPage} name={name} /> : <Composer {...props} />;
};

/** What a conversation says that was just marked unread from one message on: the script draws its line above that one. */
export const Held: FC<{ language: Language; from: number }> = ({ language, from }) => (
  <span data-unread-from={from}>{text(language).talk.held}</span>
);

interface RoomStateProps {
  readonly context: RenderContext;
  readonly isClosed: boolean;
}

/** While it is shown, the style hides the composer behind it. */
export const RoomState: FC<RoomStateProps> = ({ context, isClosed }) => (
  <div id={ids.roomState} class="room-state" role="status" hidden={!isClosed}>
    {text(context.language).talk.closed}
    <a class="button quiet small" href={paths.rooms}>
      {text(context.language).talk.toRooms}
    </a>
  </div>
);

const RequestForms: FC<Pick<FootProps, "page" | "roomPage" | "name">> = ({ page, roomPage, name }) => {
  const { talk } = text(page.language);
  return (
    <div class="request" id={ids.request(roomPage.room.id)}>
      <p>{talk.requestLead(name)}</p>
      <div class="request-answers">
        <form method="post" action={paths.roomAct(roomPage.room.id, "accept")}>
          <button type="submit">{talk.accept}</button>
        </form>
        <form method="post" action={paths.roomAct(roomPage.room.id, "decline")}>
          <button type="submit" class="quiet">
            {talk.decline}
          </button>
        </form>
      </div>
    </div>
  );
};

const Composer: FC<FootProps> = ({ page, roomPage, clientId, pictureBytes, refused }) => {
  const { posts, rooms, talk } = text(page.language);
  const { answering, room } = roomPage;
  return (
    <form
      id={ids.composer}
      class="composer"
      method="post"
      action={paths.room(room.id)}
      enctype="multipart/form-data"
      hx-stomp:send={destinations.say(room.id)}
      data-typing={destinations.typing(room.id)}
      data-pictures={paths.bringPicture(room.id)}
      data-picture-bytes={pictureBytes}
      data-format={posts.bodyHint}
    >
      <input type="hidden" name="clientId" value={clientId} />
      {answering && (
        <div class="answering" id="answering">
          <input type="hidden" name="replyTo" value={answering.id} />
          <p>
            <strong>{talk.answering(calledIn(page.language, answering.author))}</strong>{" "}
            <span dir="auto">{wordsOf(answering.excerpt)}</span>
          </p>
          <a class="round" href={paths.room(room.id)} aria-label={talk.noAnswer} data-no-answer="">
            <Icon name="close" />
          </a>
        </div>
      )}
      <PictureField context={page} />
      <textarea
        name="message"
        rows={1}
        aria-label={rooms.write}
        placeholder={rooms.write}
        enterkeyhint="send"
        autocomplete="off"
        dir="auto"
        data-max={limits.messageMax}
        data-draft={`room-${room.id}`}
      >
        {refused?.message}
      </textarea>
      <button type="submit" class="round send" aria-label={rooms.send}>
        <Icon name="send" />
      </button>
      <PictureAlts context={page} value={refused?.alt ?? ""} />
    </form>
  );
};
