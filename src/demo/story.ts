/** The made-up community of `--demo`: who is in it, and what happened, by minutes before now. */

export interface DemoPerson {
  readonly userId: string;
  readonly name: string;
  readonly language: "ko" | "en";
}

export type DemoStep = { readonly minAgo: number } & (
  | { readonly act: "post"; readonly by: string; readonly as: string; readonly title: string; readonly body: string }
  | {
      readonly act: "comment";
      readonly by: string;
      readonly on: string;
      readonly as?: string;
      readonly under?: string;
      readonly body: string;
    }
  /** `on` names a post or a comment. */
  | { readonly act: "like"; readonly by: readonly string[]; readonly on: string }
  | { readonly act: "say"; readonly by: string; readonly to: string; readonly body: string }
  /** `by` has read the whole room. */
  | { readonly act: "read"; readonly by: string; readonly to: string }
);

export const PEOPLE: readonly DemoPerson[] = [
  { userId: "alice", name: "앨리스", language: "ko" },
  { userId: "bob", name: "Bob Miller", language: "en" },
  { userId: "minjun", name: "김민준", language: "ko" },
  { userId: "seoyeon", name: "이서연", language: "ko" },
  { userId: "haneul", name: "박하늘", language: "ko" },
  { userId: "emma", name: "Emma Clarke", language: "en" },
  { userId: "jiho", name: "최지호", language: "ko" },
  { userId: "daniel", name: "Daniel Okafor", language: "en" },
];

const DAY = 24 * 60;

export const STORY: readonly DemoStep[] = [
  {
    minAgo: 3 * DAY + 340,
    act: "post",
    by: "haneul",
    as: "rules",
    title: "처음 오신 분들께 — 우리 모임을 소개합니다",
    body: "안녕하세요! 한강 새벽 라운드 모임입니다.\n\n매주 토요일 새벽에 모여 9홀을 돌고, 끝나면 근처에서 해장국을 먹습니다. 실력은 상관없어요. 100타를 못 깨도, 오늘 처음 채를 잡아도 괜찮습니다.\n\n새로 오신 분은 댓글로 인사 한마디 남겨 주세요.",
  },
  {
    minAgo: 3 * DAY + 300,
    act: "comment",
    by: "jiho",
    on: "rules",
    as: "hi-jiho",
    body: "안녕하세요, 지난달에 시작한 최지호입니다. 잘 부탁드려요!",
  },
  {
    minAgo: 3 * DAY + 290,
    act: "comment",
    by: "haneul",
    on: "rules",
    under: "hi-jiho",
    body: "반갑습니다 지호님 🙌 토요일에 봬요.",
  },
  {
    minAgo: 3 * DAY + 240,
    act: "comment",
    by: "emma",
    on: "rules",
    as: "hi-emma",
    body: "Hello from Emma! My Korean is still slow, but my putting is slower.",
  },
  {
    minAgo: 3 * DAY + 230,
    act: "comment",
    by: "minjun",
    on: "rules",
    under: "hi-emma",
    body: "Welcome! 퍼팅은 다 같이 느려요 😂",
  },
  { minAgo: 3 * DAY + 220, act: "like", by: ["haneul", "alice", "bob", "daniel"], on: "hi-emma" },
  { minAgo: 3 * DAY + 200, act: "like", by: ["alice", "minjun", "seoyeon", "emma", "jiho"], on: "rules" },
  {
    minAgo: 2 * DAY + 600,
    act: "post",
    by: "daniel",
    as: "grip",
    title: "What finally fixed my slice",
    body: "Two years of YouTube, and the answer was my left thumb.\n\nI had it on top of the shaft. Moving it a finger's width to the right closed the face at impact, and the ball goes straight for the first time in my life. Ten minutes with a coach would have told me.\n\nHas anyone else had a fix that was embarrassingly small?",
  },
  {
    minAgo: 2 * DAY + 560,
    act: "comment",
    by: "bob",
    on: "grip",
    as: "bob-grip",
    body: "Tee height. I had been hitting down on the driver for a decade.",
  },
  {
    minAgo: 2 * DAY + 540,
    act: "comment",
    by: "seoyeon",
    on: "grip",
    as: "seo-grip",
    body: "저는 숨이요. 백스윙 때 숨을 참고 있었더라고요. 내쉬면서 치니까 어깨 힘이 빠졌어요.",
  },
  {
    minAgo: 2 * DAY + 520,
    act: "comment",
    by: "daniel",
    on: "grip",
    under: "seo-grip",
    body: "숨! That is a good one. Trying it tomorrow.",
  },
  { minAgo: 2 * DAY + 500, act: "like", by: ["daniel", "alice", "emma"], on: "seo-grip" },
  { minAgo: 2 * DAY + 480, act: "like", by: ["bob", "alice", "minjun", "jiho"], on: "grip" },
  { minAgo: 2 * DAY + 120, act: "say", by: "minjun", to: "alice", body: "앨리스님, 토요일 카풀 자리 하나 남아요." },
  { minAgo: 2 * DAY + 117, act: "say", by: "alice", to: "minjun", body: "오 저요! 몇 시에 출발하세요?" },
  { minAgo: 2 * DAY + 116, act: "say", by: "minjun", to: "alice", body: "5시 20분에 합정역 2번 출구 앞이요." },
  { minAgo: 2 * DAY + 115, act: "say", by: "minjun", to: "alice", body: "커피는 제가 사 갈게요 ☕" },
  { minAgo: 2 * DAY + 112, act: "say", by: "alice", to: "minjun", body: "최고예요. 그럼 김밥은 제가 챙길게요!" },
  { minAgo: 2 * DAY + 111, act: "read", by: "minjun", to: "alice" },
  {
    minAgo: DAY + 700,
    act: "post",
    by: "alice",
    as: "photo",
    title: "새벽 첫 홀에서 본 물안개",
    body: "오늘은 스코어보다 풍경이 기억에 남네요.\n\n6시 10분쯤 해가 올라오는데, 페어웨이 위로 물안개가 낮게 깔려 있었어요. 첫 티샷은 오른쪽 숲으로 사라졌지만 아무도 웃지 않고 그냥 다 같이 서서 구경했습니다.\n\n이런 날 때문에 새벽에 일어나나 봐요.",
  },
  {
    minAgo: DAY + 680,
    act: "comment",
    by: "seoyeon",
    on: "photo",
    as: "seo-photo",
    body: "글만 읽어도 공기가 느껴져요. 다음 주엔 저도 갈래요.",
  },
  {
    minAgo: DAY + 660,
    act: "comment",
    by: "bob",
    on: "photo",
    as: "bob-photo",
    body: "I was the one in the trees too. Worth it.",
  },
  {
    minAgo: DAY + 655,
    act: "comment",
    by: "alice",
    on: "photo",
    under: "bob-photo",
    body: "Ha, we should have looked for the balls together.",
  },
  { minAgo: DAY + 640, act: "like", by: ["seoyeon", "minjun", "haneul"], on: "photo" },
  { minAgo: DAY + 400, act: "say", by: "emma", to: "bob", body: "Did you find the range with the grass tees?" },
  {
    minAgo: DAY + 396,
    act: "say",
    by: "bob",
    to: "emma",
    body: "Yes! Behind the river park, open till ten. No queue on weekdays.",
  },
  { minAgo: DAY + 395, act: "say", by: "emma", to: "bob", body: "You are a hero. Thursday?" },
  { minAgo: DAY + 390, act: "say", by: "bob", to: "emma", body: "Thursday it is." },
  { minAgo: DAY + 389, act: "read", by: "emma", to: "bob" },
  {
    minAgo: 420,
    act: "post",
    by: "bob",
    as: "saturday",
    title: "Saturday round: who is in?",
    body: "Tee time is 06:10 at the river course, nine holes, walking.\n\nWe are four so far (Haneul, Minjun, Alice and me). Two more fit. If it rains we meet for breakfast anyway.\n\nCourse map: https://example.com/river-course",
  },
  {
    minAgo: 400,
    act: "comment",
    by: "jiho",
    on: "saturday",
    as: "jiho-sat",
    body: "저 갈게요! 아직 초보인데 괜찮을까요?",
  },
  {
    minAgo: 396,
    act: "comment",
    by: "bob",
    on: "saturday",
    under: "jiho-sat",
    body: "Of course! Beginners play free breakfast. I mean, we pay.",
  },
  { minAgo: 390, act: "like", by: ["alice", "jiho", "haneul", "emma"], on: "saturday" },
  {
    minAgo: 380,
    act: "comment",
    by: "alice",
    on: "saturday",
    as: "alice-sat",
    body: "비 오면 해장국, 안 와도 해장국이죠? 🍲",
  },
  {
    minAgo: 180,
    act: "post",
    by: "seoyeon",
    as: "glove",
    title: "겨울용 장갑 추천해 주세요",
    body: "손이 시려서 그립 감각이 하나도 없어요. 양손 장갑은 어색하다고들 하시던데, 실제로 써 보신 분 계신가요?\n\n예산은 3만 원 정도 생각하고 있습니다.",
  },
  {
    minAgo: 160,
    act: "comment",
    by: "minjun",
    on: "glove",
    as: "min-glove",
    body: "양손 장갑 한 달만 쓰면 적응됩니다. 핫팩은 뒷주머니에!",
  },
  { minAgo: 150, act: "like", by: ["seoyeon", "jiho"], on: "min-glove" },
  {
    minAgo: 46,
    act: "say",
    by: "bob",
    to: "alice",
    body: "Hi Alice! Are you driving on Saturday or going with Minjun?",
  },
  { minAgo: 44, act: "say", by: "alice", to: "bob", body: "민준님 차로 가요. Minjun has one more seat, I think." },
  { minAgo: 43, act: "say", by: "bob", to: "alice", body: "Perfect, I'll ask him." },
  { minAgo: 42, act: "read", by: "alice", to: "bob" },
  { minAgo: 30, act: "like", by: ["emma", "daniel"], on: "photo" },
  { minAgo: 26, act: "like", by: ["seoyeon", "haneul"], on: "alice-sat" },
  {
    minAgo: 24,
    act: "comment",
    by: "emma",
    on: "saturday",
    as: "emma-sat",
    body: "Count me in. I will bring the thermos with the terrible coffee.",
  },
  { minAgo: 21, act: "like", by: ["jiho", "daniel", "haneul"], on: "bob-photo" },
  { minAgo: 12, act: "say", by: "haneul", to: "alice", body: "앨리스님, 어제 물안개 글 정말 좋았어요." },
  { minAgo: 11, act: "say", by: "haneul", to: "alice", body: "모임 소개에 그 문장 인용해도 될까요?" },
  { minAgo: 5, act: "say", by: "minjun", to: "bob", body: "Bob님, 자리 있어요! 5시 20분 합정역입니다." },
];
