ALTER TABLE `alarms` ADD `words` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `accounts_admins` ON `accounts` (`user_id`) WHERE role = 'admin';