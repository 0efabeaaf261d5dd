const many = (count: number, one: string, more: string) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

/** What somebody has written, as far as there is any. */
const writtenEn = (posts: number, comments: number) =>
  [posts > 0 && many(posts, "post", "posts"), comments > 0 && many(comments, "comment", "comments")]
    .filter(Boolean)
    .join(" and ");
const writtenKo = (posts: number, comments: number) =>
  [posts > 0 && `글 ${posts.toLocaleString("ko")}개`, comments > 0 && `댓글 ${comments.toLocaleString("ko")}개`]
    .filter(Boolean)
    .join("와 ");

/** Words of leaving for good. */
export const closingEn = {
  title: "Close my account",
  lead: "This cannot be undone, neither by you nor by the people who run this community.",
  signedOut: "You are signed out everywhere at once, and no device hears anything any more.",
  userId: (userId: string) =>
    `Nobody can sign in as @${userId} again. The user ID stays taken, so that nobody can pass for you.`,
  name: "Your name disappears. Where it stood, others read “Former member”.",
  groups: "You leave your groups. What you said in conversations stays there for the others to read.",
  posts: (posts: number, comments: number) =>
    `What you posted (${writtenEn(posts, comments)}) stays under “Former member”, unless you choose to remove it.`,
  erase: "Remove my posts and comments, too",
  eraseHint: "Under your posts the comments of others go with them.",
  password: "Your password",
  passwordHint: "So that we know it is you.",
  button: "Close my account for good",
  lastAdmin: "You are the only admin here",
  lastAdminMore: "Somebody has to run this community. Make another member an admin first, then you can leave.",
  toMembers: "Choose a member",
  done: "Your account is closed. Thank you for having been here.",
  former: "Former member",
  formerPage: "This member has left",
  formerPageMore: "Their page went with their account.",
  roomOver: "This member has left the community. What was said stays here to be read.",
};

export const closingKo: typeof closingEn = {
  title: "회원 탈퇴",
  lead: "탈퇴하면 본인도 관리자도 되돌릴 수 없습니다.",
  signedOut: "모든 기기에서 바로 로그아웃되고 더 이상 알림이 오지 않습니다.",
  userId: (userId) =>
    `@${userId} 아이디로는 다시 로그인할 수 없습니다. 다른 사람이 사칭하지 못하도록 아이디는 계속 사용 중으로 남습니다.`,
  name: "이름은 사라지고, 이름이 있던 자리에는 ‘탈퇴한 회원’으로 표시됩니다.",
  groups: "참여 중인 단체 대화에서 나갑니다. 대화에서 한 말은 다른 사람들이 읽을 수 있도록 남습니다.",
  posts: (posts, comments) =>
    `작성하신 ${writtenKo(posts, comments)}는 ‘탈퇴한 회원’의 것으로 남습니다. 원하시면 함께 삭제할 수 있습니다.`,
  erase: "내 글과 댓글도 모두 삭제",
  eraseHint: "내 글에 달린 다른 회원의 댓글도 함께 사라집니다.",
  password: "비밀번호",
  passwordHint: "본인 확인을 위해 입력해 주세요.",
  button: "탈퇴하기",
  lastAdmin: "유일한 관리자입니다",
  lastAdminMore: "커뮤니티를 운영할 사람이 필요합니다. 다른 회원을 관리자로 지정하면 탈퇴할 수 있습니다.",
  toMembers: "회원 고르기",
  done: "탈퇴했습니다. 함께해 주셔서 감사합니다.",
  former: "탈퇴한 회원",
  formerPage: "탈퇴한 회원입니다",
  formerPageMore: "회원 페이지는 계정과 함께 사라졌습니다.",
  roomOver: "탈퇴한 회원입니다. 나눈 대화는 이곳에서 계속 읽을 수 있습니다.",
};
