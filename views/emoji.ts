const FEW_EMOJI = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;
const FEW_MAX = 40;

/** One to three emoji and nothing else: shown large. */
export const isFewEmoji = (text: string): boolean => text.length <= FEW_MAX && FEW_EMOJI.test(text);
