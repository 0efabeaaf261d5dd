ALTER TABLE `admin_acts` ADD `kind` text;--> statement-breakpoint
ALTER TABLE `admin_acts` ADD `thing_id` integer;--> statement-breakpoint
ALTER TABLE `admin_acts` ADD `days` integer;--> statement-breakpoint
ALTER TABLE `admin_acts` ADD `uses` integer;--> statement-breakpoint
UPDATE `admin_acts` SET `kind` = substr(`detail`, 1, instr(`detail`, ' ') - 1), `thing_id` = cast(substr(`detail`, instr(`detail`, ' ') + 1) AS integer), `detail` = ''
WHERE `act` IN ('remove', 'dismiss') AND `detail` IN ('post ' || cast(substr(`detail`, 6) AS integer), 'comment ' || cast(substr(`detail`, 9) AS integer), 'message ' || cast(substr(`detail`, 9) AS integer));--> statement-breakpoint
UPDATE `admin_acts` SET `uses` = cast(`detail` AS integer), `days` = cast(substr(`detail`, instr(`detail`, ' / ') + 3) AS integer), `detail` = ''
WHERE `act` = 'invite' AND `detail` = cast(`detail` AS integer) || ' / ' || cast(substr(`detail`, instr(`detail`, ' / ') + 3) AS integer) || ' d';--> statement-breakpoint
UPDATE `admin_acts` SET `days` = nullif(cast(substr(`detail`, 1, instr(`detail` || char(10), char(10)) - 1) AS integer), 0), `detail` = substr(`detail`, instr(`detail` || char(10), char(10)) + 1)
WHERE `act` = 'ban' AND substr(`detail`, 1, instr(`detail` || char(10), char(10)) - 1) IN ('', cast(`detail` AS integer) || '');
