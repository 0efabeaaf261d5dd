import type { Fault } from "../../src/domain/errors.ts";

/** Words of pictures in messages, posts and comments, on pages and for the script. */
export const picturesEn = {
  add: "Add pictures",
  again: "Please choose the pictures again.",
  /** Where a message has no words of its own. */
  photos: (count: number) => (count === 1 ? "Photo" : `${count} photos`),
  fault({ rule, limit = 0 }: Pick<Fault, "rule" | "limit">): string {
    switch (rule) {
      case "too_long":
        return `Add at most ${limit} pictures at a time.`;
      case "wrong":
        return "Moving pictures cannot be sent. Send one that does not move, or add the picture again.";
      case "required":
        return "The file is empty. Choose another one.";
      default:
        return "The picture is damaged or not whole. Choose another one.";
    }
  },
  // Above the box
  chosen: "Pictures to send",
  picture: (number: number) => `Picture ${number}`,
  remove: (number: number) => `Remove picture ${number}`,
  describe: (number: number) => `Describe picture ${number} for people who cannot see it (optional)`,
  describeShort: "ALT",
  describeAll: "What the pictures show, for people who cannot see them (optional, a line for each)",
  uploading: (number: number) => `Picture ${number} is being uploaded`,
  retry: "Retry",
  drop: "Drop pictures here",
  waiting: "Uploaded once you are online",
  kinds: "Only JPEG, PNG, WebP and still GIF pictures can be sent.",
  tooLarge: (mib: number) => `The picture is too large. Send one of at most ${mib} MB.`,
  tooManyPixels: "The picture has too many pixels. Make it smaller and try again.",
  quota: "You have sent as many pictures as fit into one day. Tomorrow there is room again.",
  full: "The server has no room for more pictures. Tell the person who runs this community.",
  notAllowed: "Pictures cannot be sent here.",
  failed: "Not uploaded. Try again.",
  mendFirst: (count: number) =>
    count === 1
      ? "One picture could not be uploaded. Remove it first."
      : `${count} pictures could not be uploaded. Remove them first.`,
  // On its own
  close: "Close",
  original: "Open on its own",
  previous: "Previous picture",
  next: "Next picture",
};

export const picturesKo: typeof picturesEn = {
  add: "사진 추가",
  again: "사진을 다시 선택해 주세요.",
  photos: (count) => (count === 1 ? "사진" : `사진 ${count}장`),
  fault({ rule, limit = 0 }) {
    switch (rule) {
      case "too_long":
        return `사진은 한 번에 ${limit}장까지 추가할 수 있습니다.`;
      case "wrong":
        return "움직이는 사진은 보낼 수 없습니다. 멈춘 사진으로 바꾸거나 사진을 다시 추가해 주세요.";
      case "required":
        return "빈 파일입니다. 다른 사진을 선택해 주세요.";
      default:
        return "사진이 손상되었거나 온전하지 않습니다. 다른 사진을 선택해 주세요.";
    }
  },
  chosen: "보낼 사진",
  picture: (number) => `사진 ${number}`,
  remove: (number) => `사진 ${number} 빼기`,
  describe: (number) => `사진 ${number}을 볼 수 없는 분을 위한 설명 (선택)`,
  describeShort: "설명",
  describeAll: "사진을 볼 수 없는 분을 위한 설명 (선택, 사진마다 한 줄)",
  uploading: (number) => `사진 ${number} 올리는 중`,
  retry: "다시 시도",
  drop: "여기에 사진을 놓으세요",
  waiting: "연결되면 올라갑니다",
  kinds: "JPEG, PNG, WebP 또는 움직이지 않는 GIF 사진만 보낼 수 있습니다.",
  tooLarge: (mib) => `사진이 너무 큽니다. ${mib}MB 이하의 사진을 보내 주세요.`,
  tooManyPixels: "사진의 화소가 너무 많습니다. 크기를 줄여 다시 시도해 주세요.",
  quota: "하루에 보낼 수 있는 만큼 사진을 보냈습니다. 내일 다시 보낼 수 있습니다.",
  full: "사진을 더 저장할 수 없습니다. 커뮤니티 관리자에게 알려 주세요.",
  notAllowed: "이곳에는 사진을 보낼 수 없습니다.",
  failed: "올리지 못했습니다. 다시 시도해 주세요.",
  mendFirst: (count) => `사진 ${count}장을 올리지 못했습니다. 먼저 빼 주세요.`,
  close: "닫기",
  original: "사진만 열기",
  previous: "이전 사진",
  next: "다음 사진",
};
