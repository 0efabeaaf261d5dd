CREATE TABLE `room_departures` (
	`room_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`position` integer NOT NULL,
	PRIMARY KEY(`user_id`, `room_id`),
	FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `room_members` ADD `declined_at_ms` integer;--> statement-breakpoint
ALTER TABLE `rooms` ADD `changed_position` integer DEFAULT 0 NOT NULL;