ALTER TABLE `room_members` ADD `added_by` text;--> statement-breakpoint
ALTER TABLE `room_members` ADD `added_position` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `room_members` ADD `is_new` integer DEFAULT false NOT NULL;