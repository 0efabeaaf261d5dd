import type { Language } from "../src/domain/account.ts";
import { en, type Words } from "./text/en.ts";
import { ko } from "./text/ko.ts";

const LANGUAGE_WORDS: Readonly<Record<Language, Words>> = { ko, en };

/** What somebody is called: who has left has no name of their own any more. */
export function calledIn(language: Language, { name }: { readonly name: string }): string {
  return name || text(language).closing.former;
}

/** Every word of one language. */
export function text(language: Language): Words {
  return LANGUAGE_WORDS[language];
}
