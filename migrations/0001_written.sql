ALTER TABLE `comments` ADD `written_position` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `posts` ADD `written_position` integer DEFAULT 0 NOT NULL;