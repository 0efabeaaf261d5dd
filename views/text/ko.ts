import type { AlarmKind, AlarmTarget } from "../../src/domain/alarm.ts";
import type { Fault } from "../../src/domain/errors.ts";
import { limits } from "../limits.ts";
import { adminKo } from "./admin.ts";
import { choicesKo } from "./choices.ts";
import { closingKo } from "./closing.ts";
import { devicesKo } from "./devices.ts";
import type { Words } from "./en.ts";
import { keysKo } from "./keys.ts";
import { picturesKo } from "./pictures.ts";
import { searchKo } from "./search.ts";
import { talkKo } from "./talk.ts";
import { visitsKo } from "./visits.ts";

const number = (count: number) => count.toLocaleString("ko");
/** Of unread messages: counted only up to a bound. */
const unread = (count: number) =>
  count >= limits.unreadMax ? `${number(limits.unreadMax)}개 이상` : `${number(count)}개`;

/** With the particle that fits, so that no sentence has to say "이(가)". */
const fields: Readonly<Record<string, readonly [is: string, of: string]>> = {
  userId: ["아이디가", "아이디를"],
  name: ["이름이", "이름을"],
  password: ["비밀번호가", "비밀번호를"],
  currentPassword: ["현재 비밀번호가", "현재 비밀번호를"],
  newPassword: ["새 비밀번호가", "새 비밀번호를"],
  title: ["제목이", "제목을"],
  body: ["내용이", "내용을"],
  message: ["메시지가", "메시지를"],
  userIds: ["아이디가", "아이디를"],
  alt: ["사진 설명이", "사진 설명을"],
};

function fault(given: Fault): string {
  const { field, rule, limit = 0, names } = given;
  if (field === "picture" || field === "pictures") return picturesKo.fault(given);
  const [is, of] = fields[field] ?? ["입력한 값이", "값을"];
  switch (rule) {
    case "required":
      return `${of} 입력해 주세요.`;
    case "too_short":
      return `${is} 너무 짧습니다. ${number(limit)}자 이상 입력해 주세요.`;
    case "too_long":
      return `${is} 너무 깁니다. ${number(limit)}자 이하로 줄여 주세요.`;
    case "format":
      return field === "userId"
        ? "아이디에는 영문 소문자와 숫자, 밑줄(_)만 쓸 수 있습니다."
        : `${is} 형식에 맞지 않습니다. 다시 확인해 주세요.`;
    case "taken":
      if (field === "clientId") return "이 화면에서 이미 다른 것을 보냈습니다. 다시 보내 주세요.";
      return `이미 사용 중입니다. 다른 ${of} 골라 주세요.`;
    case "wrong":
      if (names) return `초대할 수 없습니다: ${names.join(", ")}. 없는 회원이거나 회원님의 메시지를 받지 않습니다.`;
      return `${is} 맞지 않습니다. 다시 입력해 주세요.`;
    case "several":
      return `이름이 같은 회원이 여럿입니다: ${(names ?? []).join(", ")}. 아이디로 적어 주세요.`;
    case "too_common":
      return `${is} 너무 흔해서 쉽게 알아낼 수 있습니다. 나만 아는 더 긴 것으로 정해 주세요.`;
    default:
      return rule satisfies never;
  }
}

function alarmWho(names: readonly string[], count: number): string {
  const [first = "누군가", second] = names;
  if (count <= 1) return `${first}님`;
  if (count === 2 && second !== undefined) return `${first}님과 ${second}님`;
  return `${first}님 외 ${number(count - 1)}명`;
}

function alarmDid(kind: AlarmKind, target: AlarmTarget): string {
  const isPost = target === "POST";
  if (target === "MESSAGE") return "이 대화에서 회원님을 언급했습니다.";
  switch (kind) {
    case "LIKES":
      return isPost ? "이 회원님의 글을 좋아합니다." : "이 회원님의 댓글을 좋아합니다.";
    case "REPLY":
      return isPost ? "이 회원님의 글에 댓글을 남겼습니다." : "이 회원님의 댓글에 답글을 남겼습니다.";
    case "MENTION":
      return isPost ? "이 글에서 회원님을 언급했습니다." : "이 댓글에서 회원님을 언급했습니다.";
    default:
      return kind satisfies never;
  }
}

export const ko: Words = {
  language: { own: "한국어", auto: "브라우저 설정에 따름" },
  site: {
    skip: "본문으로 건너뛰기",
    nav: "주 메뉴",
    feed: "피드",
    messages: "메시지",
    alarms: "알림",
    settings: "설정",
    profile: "내 페이지",
    logIn: "로그인",
    logOut: "로그아웃",
    signUp: "회원가입",
    home: "피드로 가기",
    offline: "연결이 끊겼습니다. 다시 연결 중…",
    restored: "다시 연결되었습니다.",
    unreadAlarms: (count) => `읽지 않은 알림 ${number(count)}개`,
    unreadMessages: (count) => `읽지 않은 메시지 ${unread(count)}`,
    tagline: "글과 알림, 대화가 한곳에 모이는 조용한 자리입니다.",
    save: "저장",
    cancel: "취소",
    edit: "수정",
    delete: "삭제",
    more: "더 보기",
    edited: "수정됨",
    back: "뒤로",
    count: number,
    retryAfter: (seconds) => `${number(seconds)}초 뒤에 다시 시도해 주세요.`,
    external: "새 탭에서 열림",
  },
  errors: {
    invalid: { title: "다시 확인해 주세요", body: "표시된 항목을 고친 뒤 다시 시도해 주세요." },
    not_signed_in: {
      title: "로그인이 필요합니다",
      body: "회원만 볼 수 있는 페이지입니다. 로그인하면 이곳으로 돌아옵니다.",
    },
    wrong_credentials: {
      title: "로그인하지 못했습니다",
      body: "아이디 또는 비밀번호가 맞지 않습니다. 다시 확인해 주세요.",
    },
    sign_in_ended: { title: "로그아웃되었습니다", body: "로그인이 만료되었습니다. 다시 로그인해 주세요." },
    forbidden: { title: "권한이 없습니다", body: "이 작업을 할 수 있는 권한이 없습니다." },
    not_found: { title: "페이지를 찾을 수 없습니다", body: "주소가 잘못되었거나 볼 수 없는 페이지입니다." },
    gone: { title: "삭제되었습니다", body: "삭제되어 더는 볼 수 없습니다." },
    taken: { title: "이미 사용 중입니다", body: "다른 회원이 쓰고 있는 아이디입니다. 다른 아이디를 골라 주세요." },
    sign_up_closed: {
      title: "지금은 가입할 수 없습니다",
      body: "새 회원을 받지 않고 있습니다. 관리자에게 문의해 주세요.",
    },
    blocked: { title: "보낼 수 없습니다", body: "상대방이 연락을 원하지 않습니다." },
    banned: { title: "이용이 정지되었습니다", body: "이 계정은 사용할 수 없습니다. 관리자에게 문의해 주세요." },
    wrong_origin: {
      title: "요청을 받을 수 없습니다",
      body: "이 사이트에서 보낸 요청이 아닙니다. 페이지를 새로 고친 뒤 다시 시도해 주세요.",
    },
    too_large: { title: "너무 큽니다", body: "보내신 내용이 너무 큽니다. 줄여서 다시 시도해 주세요." },
    unsupported: {
      title: "보낼 수 없는 파일입니다",
      body: "JPEG, PNG, WebP 또는 움직이지 않는 GIF 사진을 보내 주세요.",
    },
    quota: {
      title: "오늘은 여기까지입니다",
      body: "하루에 보낼 수 있는 만큼 사진을 보냈습니다. 내일 다시 보낼 수 있습니다.",
    },
    full: {
      title: "저장 공간이 부족합니다",
      body: "서버에 새로운 내용을 저장할 공간이 없습니다. 커뮤니티 관리자에게 알려 주세요.",
    },
    too_fast: {
      title: "조금만 천천히 해 주세요",
      body: "짧은 시간에 요청이 너무 많았습니다. 잠시 뒤 다시 시도해 주세요.",
    },
    too_many: {
      title: "너무 많이 열려 있습니다",
      body: "동시에 열린 창이 너무 많습니다. 몇 개를 닫고 다시 시도해 주세요.",
    },
    unavailable: {
      title: "잠시만 기다려 주세요",
      body: "지금은 서버가 응답할 수 없습니다. 잃어버린 내용은 없으니 잠시 뒤 다시 시도해 주세요.",
    },
  },
  somethingWrong: { title: "문제가 생겼습니다", body: "저희 쪽 문제입니다. 잠시 뒤 다시 시도해 주세요." },
  fault,
  accounts: {
    signUpTitle: "함께해요",
    signUpLead: "아이디와 이름, 비밀번호만 있으면 됩니다.",
    signUpButton: "가입하기",
    logInTitle: "반갑습니다",
    logInLead: "로그인하고 글과 대화를 이어 가세요.",
    logInButton: "로그인",
    haveAccount: "이미 회원이신가요?",
    noAccount: "처음이신가요?",
    userId: "아이디",
    userIdHint: "영문 소문자, 숫자, 밑줄(_)로 3~20자. 나중에 바꿀 수 없습니다.",
    name: "이름",
    nameHint: "다른 회원에게 보이는 이름입니다. 40자까지 쓸 수 있습니다.",
    password: "비밀번호",
    passwordAgain: "비밀번호를 다시 입력해 주세요.",
    passwordHint: "8자 이상. 짧은 문장으로 정하면 기억하기 쉽습니다.",
    closed: "지금은 새 회원을 받지 않습니다.",
    closedMore: "소개를 받고 오셨다면 관리자에게 문의해 주세요.",
    invited: "초대받은 분만 가입할 수 있습니다.",
    invitedMore: "받으신 초대 링크를 열어 가입해 주세요.",
    since: (date) => `${date} 가입`,
    posts: (count) => `글 ${number(count)}개`,
    message: "메시지 보내기",
    noPosts: "아직 쓴 글이 없습니다.",
    noPostsOfMine: "아직 쓴 글이 없습니다.",
    writeFirst: "첫 글 쓰기",
    postsOf: (name) => `${name}님의 글`,
  },
  settings: {
    title: "설정",
    profile: "프로필",
    name: "이름",
    password: "비밀번호",
    currentPassword: "현재 비밀번호",
    newPassword: "새 비밀번호",
    changePassword: "비밀번호 바꾸기",
    passwordNote: "바꾸면 다른 기기에서는 모두 로그아웃됩니다.",
    look: "언어와 화면",
    languageLabel: "언어",
    themeLabel: "화면 모드",
    themes: { auto: "기기 설정에 따름", light: "밝게", dark: "어둡게" },
    signIns: "로그인된 기기",
    thisOne: "이 기기",
    lastUsed: "마지막 사용",
    end: "로그아웃",
    endThis: (device) => `${device} 로그아웃`,
    endOthers: "다른 기기 모두 로그아웃",
    unknownDevice: "알 수 없는 기기",
    saved: "저장했습니다.",
    passwordSaved: "비밀번호를 바꿨습니다. 다른 기기에서는 로그아웃되었습니다.",
    ended: "해당 기기에서 로그아웃했습니다.",
  },
  posts: {
    feedTitle: "피드",
    write: "글쓰기",
    titleLabel: "제목",
    titlePlaceholder: "제목",
    bodyLabel: "내용",
    bodyHint: "**굵게**, *기울임*, `코드`, > 인용",
    bodyPlaceholder: "어떤 이야기를 나누고 싶으세요?",
    publish: "올리기",
    empty: "아직 올라온 글이 없습니다.",
    emptyMore: "첫 글의 주인공이 되어 보세요.",
    emptyOut: "가입하고 첫 글을 남겨 보세요.",
    older: "이전 글 더 보기",
    like: "좋아요",
    likes: (count) => `좋아요 ${number(count)}개`,
    comments: (count) => `댓글 ${number(count)}개`,
    commentsTitle: "댓글",
    noComments: "아직 댓글이 없습니다. 첫 댓글을 남겨 보세요.",
    earlierComments: "이전 댓글 더 보기",
    writeComment: "댓글을 남겨 보세요",
    sendComment: "댓글 남기기",
    reply: "답글",
    writeReply: (name) => `${name}님에게 답글 쓰기`,
    sendReply: "답글 남기기",
    deletedComment: "삭제된 댓글입니다.",
    deletedPost: "삭제된 글입니다.",
    cannotComment: "글이 삭제되었습니다. 여기에 쓰신 내용은 아직 복사할 수 있습니다.",
    editPost: "글 수정",
    editComment: "댓글 수정",
    sureDeletePost: "이 글과 댓글을 모두 삭제할까요?",
    sureDeleteComment: "이 댓글을 삭제할까요?",
    logInToComment: "로그인하면 댓글을 쓸 수 있습니다.",
    readMore: "이어서 읽기",
  },
  admin: adminKo,
  choices: choicesKo,
  devices: devicesKo,
  alarms: {
    title: "알림",
    unread: "읽지 않음",
    readAll: "모두 읽음으로 표시",
    today: "오늘",
    yesterday: "어제",
    earlier: "이전",
    older: "이전 알림 더 보기",
    filter: "보기",
    all: "전체",
    kinds: { LIKES: "좋아요", REPLY: "댓글", MENTION: "언급" },
    empty: "아직 알림이 없습니다.",
    emptyMore: "누군가 회원님의 글을 좋아하거나 댓글을 남기면 여기에 알려 드립니다.",
    emptyKinds: {
      LIKES: "아직 좋아요 알림이 없습니다.",
      REPLY: "아직 댓글 알림이 없습니다.",
      MENTION: "아직 언급 알림이 없습니다.",
    },
    emptyLink: "피드 둘러보기",
    showAll: "알림 전체 보기",
    who: alarmWho,
    did: alarmDid,
    message: (kind, target) => `님${alarmDid(kind, target)}`,
  },
  closing: closingKo,
  keys: keysKo,
  search: searchKo,
  visits: visitsKo,
  rooms: {
    title: "메시지",
    empty: "아직 나눈 대화가 없습니다.",
    emptyMore: "회원 페이지에서 ‘메시지 보내기’를 눌러 시작해 보세요.",
    emptyLink: "회원 찾아보기",
    find: "회원 찾기",
    older: "이전 대화 더 보기",
    noMessages: "아직 주고받은 메시지가 없습니다.",
    noMessagesMore: (name) => `${name}님에게 먼저 인사를 건네 보세요.`,
    pick: "대화를 선택해 주세요.",
    earlier: "이전 메시지 더 보기",
    latest: "최근 메시지로",
    beginning: "여기서부터 대화가 시작됩니다.",
    newLine: (count) => `새 메시지 ${unread(count)}`,
    write: "메시지를 입력하세요",
    send: "보내기",
    read: "읽음",
    here: "대화방에 있음",
    typing: (name) => `${name}님이 입력하고 있습니다…`,
    markRead: "읽음으로 표시",
    deleted: "삭제된 메시지입니다.",
    lastDeleted: "삭제된 메시지",
    conversation: (name) => `${name}님과의 대화`,
    alone: "나만 있는 대화방",
    mine: "나: ",
    by: (name) => `${name}: `,
    unread: (count) => `읽지 않은 메시지 ${unread(count)}`,
  },
  talk: talkKo,
  pictures: picturesKo,
};
