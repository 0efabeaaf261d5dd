export const searchEn = {
  title: "Search",
  label: "Search messages, posts and comments",
  button: "Search",
  lead: "Finds what you and others wrote: in your rooms, in posts and in comments. Parts of words count too. Members are found by how their names begin.",
  kinds: { label: "What to search", all: "All", messages: "Messages", posts: "Posts", comments: "Comments" },
  members: "Members",
  nothing: (query: string) => `Nothing found for “${query}”`,
  nothingMore: "Try fewer or shorter words; every word has to occur.",
  everywhere: "Search everywhere",
  older: "Older ones",
  all: (kind: string) => `All hits in ${kind.toLowerCase()}`,
};

export const searchKo: typeof searchEn = {
  title: "검색",
  label: "메시지, 글, 댓글 검색",
  button: "검색",
  lead: "내 대화방과 글, 댓글에서 찾습니다. 단어의 일부만 입력해도 됩니다. 회원은 이름이나 그 일부로 찾습니다.",
  kinds: { label: "검색 대상", all: "전체", messages: "메시지", posts: "글", comments: "댓글" },
  members: "회원",
  nothing: (query) => `‘${query}’에 대한 결과가 없습니다`,
  nothingMore: "단어 수를 줄이거나 더 짧게 입력해 보세요. 입력한 단어가 모두 들어 있어야 합니다.",
  everywhere: "전체에서 찾기",
  older: "이전 결과",
  all: (kind) => `${kind} 결과 모두 보기`,
};
