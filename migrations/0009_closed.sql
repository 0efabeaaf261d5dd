ALTER TABLE `accounts` ADD `closed_at_ms` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `erases_posts` integer DEFAULT false NOT NULL;