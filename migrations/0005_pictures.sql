CREATE TABLE `pictures` (
	`id` text PRIMARY KEY NOT NULL,
	`room_id` integer NOT NULL,
	`uploader_id` text NOT NULL,
	`upload_key` text,
	`message_id` integer,
	`place` integer DEFAULT 0 NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`alt` text DEFAULT '' NOT NULL,
	`received_bytes` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`is_dropped` integer DEFAULT false NOT NULL,
	`has_files` integer DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pictures_uploaded_once` ON `pictures` (`uploader_id`,`upload_key`) WHERE upload_key is not null;--> statement-breakpoint
CREATE INDEX `pictures_of_message` ON `pictures` (`message_id`) WHERE message_id is not null;--> statement-breakpoint
CREATE INDEX `pictures_of_uploader` ON `pictures` (`uploader_id`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `pictures_unused` ON `pictures` (`created_at_ms`) WHERE message_id is null;--> statement-breakpoint
CREATE INDEX `pictures_to_remove` ON `pictures` (`id`) WHERE is_dropped = 1 and has_files = 1;--> statement-breakpoint
CREATE INDEX `pictures_dropped` ON `pictures` (`created_at_ms`) WHERE is_dropped = 1 and has_files = 0;--> statement-breakpoint
ALTER TABLE `messages` ADD `picture_count` integer DEFAULT 0 NOT NULL;