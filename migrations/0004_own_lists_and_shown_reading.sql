ALTER TABLE `accounts` ADD `lists_position` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `room_members` ADD `shown_up_to` integer DEFAULT 0 NOT NULL;