-- What the search index is made of (src/service/search/indexer.ts): pairs of letters, and the room of a message. The texts
-- themselves stay in their tables.
create virtual table search_messages using fts5(grams, place, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
--> statement-breakpoint
create virtual table search_posts using fts5(grams, place, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
--> statement-breakpoint
create virtual table search_comments using fts5(grams, place, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
--> statement-breakpoint
-- What was changed after it was written, for the index to follow.
create index messages_edited on messages (position) where position > written_position;
--> statement-breakpoint
create index posts_edited on posts (position) where position > written_position;
--> statement-breakpoint
create index comments_edited on comments (position) where position > written_position;
