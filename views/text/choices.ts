import type { AlarmKind } from "../../src/domain/alarm.ts";
import type { OpenTo } from "../../src/domain/choices.ts";

/** The words of what people choose for themselves: alarms, quiet hours, privacy; and of naming others. */
export const choicesEn = {
  why: "Why do I see this?",
  whyIs: (kind: AlarmKind): string => {
    const reasons = {
      LIKES: "Somebody liked what you wrote.",
      REPLY: "Somebody answered what you wrote.",
      MENTION: "Somebody wrote your @name.",
    } as const;
    return reasons[kind];
  },
  readOne: "Mark as read",
  mutePost: "Mute this post",
  unmutePost: "Unmute this post",
  muteHint: "No alarms about this post any more.",
  turnOff: (kind: AlarmKind): string => {
    const names = {
      LIKES: "Stop alarms about likes",
      REPLY: "Stop alarms about comments",
      MENTION: "Stop alarms about mentions",
    };
    return names[kind];
  },
  settings: "All alarm settings",
  muted: "That post is muted. It brings no more alarms.",
  turnedOff: (kind: AlarmKind): string => {
    const names = { LIKES: "likes", REPLY: "comments and replies", MENTION: "mentions" };
    return `You get no more alarms about ${names[kind]}.`;
  },
  undo: "Undo",
  allRead: "All marked as read.",
  alarms: "Alarms",
  wanted: "Tell me when somebody",
  kinds: { LIKES: "likes what I wrote", REPLY: "comments or replies", MENTION: "mentions me with @" },
  quiet: "Quiet hours",
  quietHint: "No sounds and no notices on the screen. What is new waits for you here.",
  quietUntil: (time: string) => `Quiet until ${time}`,
  quietAlways: "Quiet hours, all day",
  quietMeans: "Everything is counted, nothing rings.",
  change: "Change",
  quietFrom: "From",
  quietTo: "Until",
  hidesPushContent: "Hide the text in notices on the screen",
  mutedPosts: "Muted posts",
  unmute: "Unmute",
  unmuteThis: (title: string) => `Unmute ${title}`,
  privacy: "Privacy",
  openTo: "Who may write to me",
  openToOf: {
    everybody: "Everybody",
    requests: "Everybody, strangers as a request",
    known: "Only people I have talked to",
  } satisfies Record<OpenTo, string>,
  asCommunity: (isOn: boolean) => `As the community has it (${isOn ? "on" : "off"})`,
  on: "On",
  off: "Off",
  sendsReceipts: "Show others what I have read",
  receiptsHint: "Turned off, you do not see it of others either.",
  sendsTyping: "Show others when I am typing",
  typingHint: "Turned off, you do not see when others type either.",
  timeZone: "Time zone",
  timeZoneAuto: "As this device",
  members: "Members",
  findMember: "Find members by name or ID",
  memberName: "Name or ID",
  find: "Find",
  noMembers: (query: string) => `Nobody found for “${query}”`,
  noMembersMore: "A name is found by how it begins, an ID as well.",
  noMembersYet: "Nobody else is here yet.",
  noMembersYetMore: "As soon as somebody joins, you find them here.",
  allMembers: "Show all members",
  moreMembers: "There are more. Type more of the name to find them.",
};

export const choicesKo: typeof choicesEn = {
  why: "왜 이 알림이 오나요?",
  whyIs: (kind) => {
    const reasons = {
      LIKES: "누군가 회원님이 쓴 내용을 좋아했습니다.",
      REPLY: "누군가 회원님이 쓴 내용에 답했습니다.",
      MENTION: "누군가 @로 회원님을 언급했습니다.",
    } as const;
    return reasons[kind];
  },
  readOne: "읽음으로 표시",
  mutePost: "이 글의 알림 끄기",
  unmutePost: "이 글의 알림 켜기",
  muteHint: "이 글에 관한 알림을 더는 받지 않습니다.",
  turnOff: (kind) => {
    const names = { LIKES: "좋아요 알림 모두 끄기", REPLY: "댓글 알림 모두 끄기", MENTION: "언급 알림 모두 끄기" };
    return names[kind];
  },
  settings: "알림 설정 전체 보기",
  muted: "이 글의 알림을 껐습니다. 더는 알려 드리지 않습니다.",
  turnedOff: (kind) => {
    const names = { LIKES: "좋아요", REPLY: "댓글과 답글", MENTION: "언급" };
    return `${names[kind]} 알림을 껐습니다.`;
  },
  undo: "되돌리기",
  allRead: "모두 읽음으로 표시했습니다.",
  alarms: "알림",
  wanted: "알림을 받을 때",
  kinds: { LIKES: "누군가 내가 쓴 글을 좋아할 때", REPLY: "댓글이나 답글이 달릴 때", MENTION: "@로 나를 언급할 때" },
  quiet: "방해 금지 시간",
  quietHint: "이 시간에는 소리와 화면 알림이 없습니다. 새 소식은 이곳에 그대로 쌓입니다.",
  quietUntil: (time) => `${time}까지 방해 금지`,
  quietAlways: "하루 종일 방해 금지",
  quietMeans: "새 소식은 그대로 세고, 소리와 화면 알림은 없습니다.",
  change: "바꾸기",
  quietFrom: "시작",
  quietTo: "끝",
  hidesPushContent: "화면 알림에 내용 숨기기",
  mutedPosts: "알림을 끈 글",
  unmute: "알림 켜기",
  unmuteThis: (title) => `${title} 알림 켜기`,
  privacy: "개인정보",
  openTo: "나에게 메시지를 보낼 수 있는 사람",
  openToOf: {
    everybody: "누구나",
    requests: "누구나, 모르는 사람은 요청으로",
    known: "대화한 적이 있는 사람만",
  },
  asCommunity: (isOn) => `커뮤니티 설정에 따름 (${isOn ? "켬" : "끔"})`,
  on: "켬",
  off: "끔",
  sendsReceipts: "내가 읽은 것을 다른 사람에게 표시",
  receiptsHint: "끄면 다른 사람이 읽었는지도 볼 수 없습니다.",
  sendsTyping: "내가 입력 중인 것을 다른 사람에게 표시",
  typingHint: "끄면 다른 사람이 입력 중인지도 볼 수 없습니다.",
  timeZone: "시간대",
  timeZoneAuto: "이 기기의 시간대에 따름",
  members: "회원",
  findMember: "이름이나 아이디로 회원 찾기",
  memberName: "이름 또는 아이디",
  find: "찾기",
  noMembers: (query) => `‘${query}’에 맞는 회원이 없습니다`,
  noMembersMore: "이름이나 아이디의 앞부분을 입력해 보세요.",
  noMembersYet: "아직 다른 회원이 없습니다.",
  noMembersYetMore: "누군가 가입하면 이곳에서 찾을 수 있습니다.",
  allMembers: "회원 전체 보기",
  moreMembers: "회원이 더 있습니다. 이름을 더 입력해 찾아보세요.",
};
