DROP INDEX `posts_changed`;--> statement-breakpoint
CREATE INDEX `posts_written` ON `posts` (`written_position`);