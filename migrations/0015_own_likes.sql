CREATE TABLE `own_likes` (
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`thing_id` integer NOT NULL,
	`is_liked` integer NOT NULL,
	`position` integer NOT NULL,
	PRIMARY KEY(`user_id`, `kind`, `thing_id`),
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `own_likes_changed` ON `own_likes` (`user_id`,`position`);