CREATE TABLE `admin_acts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`admin_id` text NOT NULL,
	`act` text NOT NULL,
	`about` text DEFAULT '' NOT NULL,
	`detail` text DEFAULT '' NOT NULL,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`admin_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `admin_acts_about` ON `admin_acts` (`about`,`id`);--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`key` text NOT NULL,
	`made_by` text NOT NULL,
	`uses_max` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`revoked_at_ms` integer,
	FOREIGN KEY (`made_by`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_key_unique` ON `invitations` (`key`);--> statement-breakpoint
CREATE TABLE `reports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`thing_id` integer NOT NULL,
	`place_id` integer NOT NULL,
	`author_id` text NOT NULL,
	`body` text NOT NULL,
	`reporter_id` text NOT NULL,
	`reason` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`closed_at_ms` integer,
	FOREIGN KEY (`author_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`reporter_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reports_once` ON `reports` (`kind`,`thing_id`,`reporter_id`);--> statement-breakpoint
CREATE INDEX `reports_open` ON `reports` (`id`) WHERE closed_at_ms is null;--> statement-breakpoint
CREATE INDEX `reports_of_reporter` ON `reports` (`reporter_id`) WHERE closed_at_ms is null;--> statement-breakpoint
CREATE INDEX `reports_of_author` ON `reports` (`author_id`);--> statement-breakpoint
DROP INDEX `sign_ins_of_account`;--> statement-breakpoint
CREATE INDEX `sign_ins_by_account` ON `sign_ins` (`user_id`,`last_used_at_ms`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `banned_until_ms` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `banned_reason` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `invitation_id` integer;--> statement-breakpoint
CREATE INDEX `accounts_by_joining` ON `accounts` (`created_at_ms`,`user_id`);--> statement-breakpoint
CREATE INDEX `accounts_invited` ON `accounts` (`invitation_id`) WHERE invitation_id is not null;