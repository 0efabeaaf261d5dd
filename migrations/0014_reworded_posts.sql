ALTER TABLE `posts` ADD `words_position` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `posts_reworded` ON `posts` (`words_position`) WHERE words_position > 0;