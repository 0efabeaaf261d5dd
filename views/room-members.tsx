import type { FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { Member, RoomPage } from "../src/domain/room.ts";
import type { PageContext, RenderContext } from "./context.ts";
import { Input } from "./forms.tsx";
import { ids } from "./ids.ts";
import { limits } from "./limits.ts";
import { Author, Icon, Monogram } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

interface PanelProps {
  readonly page: PageContext;
  readonly roomPage: RoomPage;
}

/** Everything about an open room that is not its messages: who is in it, its name, and how it is heard. */
export const RoomPanel: FC<PanelProps> = ({ page, roomPage }) => {
  const { talk } = text(page.language);
  return (
    <details class="room-panel" data-closes="">
      <summary class="round" aria-label={talk.roomMenu}>
        <Icon name="more" />
      </summary>
      <div class="room-panel-items">
        {roomPage.room.kind === "group" ? (
          <GroupItems page={page} roomPage={roomPage} />
        ) : (
          <PairItems page={page} roomPage={roomPage} />
        )}
      </div>
    </details>
  );
};

const PairItems: FC<PanelProps> = ({ page, roomPage }) => {
  const { talk } = text(page.language);
  const [other] = roomPage.others;
  return (
    <>
      <MuteForm page={page} roomPage={roomPage} />
      {other && !roomPage.isOtherGone && roomPage.closedBy !== "me" && (
        <details class="sure">
          <summary>{talk.block}</summary>
          <form method="post" action={paths.block(other.userId)}>
            <p>{talk.sureBlock(other.name)}</p>
            <button type="submit" class="danger">
              {talk.block}
            </button>
          </form>
        </details>
      )}
      {other && roomPage.closedBy === "me" && <UnblockForm page={page} userId={other.userId} />}
    </>
  );
};

/**
 * Without a name of its own a group is called by the others in it: in a push, which is for all of them, the script says
 * whom.
 */
export const GroupName: FC<{ language: Language; name: string | undefined; otherwise?: string }> = (props) => {
  const { language, name, otherwise } = props;
  const { rooms, talk } = text(language);
  return (
    <bdi id={ids.roomName} data-unnamed={name === undefined ? rooms.alone : undefined}>
      {name ?? otherwise ?? talk.group}
    </bdi>
  );
};

export const UnblockForm: FC<{ page: PageContext; userId: string }> = ({ page, userId }) => (
  <form method="post" action={paths.unblock(userId)}>
    <button type="submit" class="quiet small">
      {text(page.language).talk.unblock}
    </button>
  </form>
);

const MuteForm: FC<PanelProps> = ({ page, roomPage: { room, isMuted } }) => {
  const { talk } = text(page.language);
  return (
    <form method="post" action={paths.roomAct(room.id, isMuted ? "unmute" : "mute")}>
      <button type="submit" class="quiet small">
        {isMuted ? talk.unmute : talk.mute}
      </button>
    </form>
  );
};

const GroupItems: FC<PanelProps> = ({ page, roomPage }) => {
  const { talk, site } = text(page.language);
  const { room } = roomPage;
  const isOwner = room.members.some(({ userId, role }) => userId === page.me?.userId && role === "owner");
  return (
    <>
      <form method="post" action={paths.roomAct(room.id, "members")} class="inline">
        <Input
          language={page.language}
          name="userId"
          idPrefix="invite"
          label={talk.inviteLabel}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          isPerson
        />
        <button type="submit" class="quiet small">
          {talk.invite}
        </button>
      </form>
      <form method="post" action={paths.roomAct(room.id, "name")} class="inline">
        <Input
          language={page.language}
          name="name"
          idPrefix="rename"
          label={talk.rename}
          value={room.name}
          autocomplete="off"
          isOptional
          max={limits.roomNameMax}
        />
        <button type="submit" class="quiet small">
          {site.save}
        </button>
      </form>
      <MuteForm page={page} roomPage={roomPage} />
      <details class="sure">
        <summary>{talk.leave}</summary>
        <form method="post" action={paths.roomAct(room.id, "leave")}>
          <p>{talk.sureLeave}</p>
          <button type="submit" class="danger">
            {talk.leave}
          </button>
        </form>
      </details>
      <h2>{talk.members}</h2>
      {/* What only the owner may do is in every row, since a push names no reader; the style shows it under `data-owns`. */}
      <ul id={ids.members} class="members" data-owns={isOwner ? "" : undefined}>
        <MemberRows context={page} roomId={room.id} members={room.members} />
      </ul>
    </>
  );
};

interface MemberRowsProps {
  readonly context: RenderContext;
  readonly roomId: number;
  readonly members: readonly Member[];
}

export const MemberRows: FC<MemberRowsProps> = ({ context, roomId, members }) => {
  const { talk } = text(context.language);
  return (
    <>
      {members.map((member) => (
        <li class="member-row" data-author={member.userId} data-owner={member.role === "owner" ? "" : undefined}>
          <Monogram person={member} size="small" />
          <span class="member-name">
            <Author person={member} language={context.language} />
            {member.role === "owner" && <span class="meta">{talk.owner}</span>}
          </span>
          {member.role !== "owner" && (
            <div class="owner-acts">
              <MemberForm
                roomId={roomId}
                act="owner"
                member={member}
                label={talk.makeOwner}
                sure={talk.sureMakeOwner(member.name)}
              />
              <MemberForm
                roomId={roomId}
                act="remove"
                member={member}
                label={talk.remove}
                sure={talk.sureRemove(member.name)}
              />
            </div>
          )}
        </li>
      ))}
    </>
  );
};

interface MemberFormProps {
  readonly roomId: number;
  readonly act: "owner" | "remove";
  readonly member: Member;
  readonly label: string;
  /** What it comes to. Neither can be taken back by whoever does it. */
  readonly sure: string;
}

const MemberForm: FC<MemberFormProps> = ({ roomId, act, member, label, sure }) => (
  <details class="sure">
    <summary aria-label={`${label}: ${member.name}`}>{label}</summary>
    <form method="post" action={paths.roomAct(roomId, act)}>
      <input type="hidden" name="userId" value={member.userId} />
      <p>{sure}</p>
      <button type="submit" class="danger">
        {label}
      </button>
    </form>
  </details>
);
