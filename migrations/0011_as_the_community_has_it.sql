CREATE TABLE `community` (
	`sends_receipts` integer DEFAULT true NOT NULL,
	`sends_typing` integer DEFAULT true NOT NULL
);
--> statement-breakpoint
INSERT INTO `community` DEFAULT VALUES;
--> statement-breakpoint
-- Null is what nobody has chosen. Until now "on" was what everybody began with, so that only "off" was surely a choice.
-- Written by hand: a table that so many refer to is not made anew for two columns.
ALTER TABLE `accounts` RENAME COLUMN `sends_receipts` TO `sent_receipts`;
--> statement-breakpoint
ALTER TABLE `accounts` RENAME COLUMN `sends_typing` TO `sent_typing`;
--> statement-breakpoint
ALTER TABLE `accounts` ADD `sends_receipts` integer;
--> statement-breakpoint
ALTER TABLE `accounts` ADD `sends_typing` integer;
--> statement-breakpoint
UPDATE `accounts` SET `sends_receipts` = nullif(`sent_receipts`, true), `sends_typing` = nullif(`sent_typing`, true);
--> statement-breakpoint
ALTER TABLE `accounts` DROP COLUMN `sent_receipts`;
--> statement-breakpoint
ALTER TABLE `accounts` DROP COLUMN `sent_typing`;
