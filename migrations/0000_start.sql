CREATE TABLE `accounts` (
	`user_id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`password_hash` text NOT NULL,
	`role` text DEFAULT 'member' NOT NULL,
	`language` text,
	`time_zone` text,
	`alarms_off` text DEFAULT '' NOT NULL,
	`quiet_from_min` integer,
	`quiet_to_min` integer,
	`hides_push_content` integer DEFAULT false NOT NULL,
	`sends_receipts` integer DEFAULT true NOT NULL,
	`sends_typing` integer DEFAULT true NOT NULL,
	`open_to` text DEFAULT 'everybody' NOT NULL,
	`feed_key` text,
	`visited_at_ms` integer,
	`visited_position` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`banned_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_feed_key_unique` ON `accounts` (`feed_key`);--> statement-breakpoint
CREATE TABLE `alarm_actors` (
	`alarm_key` integer NOT NULL,
	`actor_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`alarm_key`, `actor_id`),
	FOREIGN KEY (`alarm_key`) REFERENCES `alarms`(`key`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`actor_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `alarm_actors_of_account` ON `alarm_actors` (`actor_id`);--> statement-breakpoint
CREATE TABLE `alarms` (
	`key` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` integer NOT NULL,
	`receiver` text NOT NULL,
	`kind` text NOT NULL,
	`target` text NOT NULL,
	`post_id` integer DEFAULT 0 NOT NULL,
	`room_id` integer DEFAULT 0 NOT NULL,
	`reply_id` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`read_at_ms` integer,
	`retracted_at_ms` integer,
	`position` integer NOT NULL,
	FOREIGN KEY (`receiver`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alarms_id_unique` ON `alarms` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `alarms_open_group` ON `alarms` (`receiver`,`kind`,`target`,`post_id`,`room_id`,`reply_id`) WHERE read_at_ms is null and retracted_at_ms is null;--> statement-breakpoint
CREATE INDEX `alarms_inbox` ON `alarms` (`receiver`,`id`) WHERE retracted_at_ms is null;--> statement-breakpoint
CREATE INDEX `alarms_unread` ON `alarms` (`receiver`) WHERE read_at_ms is null and retracted_at_ms is null;--> statement-breakpoint
CREATE INDEX `alarms_changed` ON `alarms` (`receiver`,`position`);--> statement-breakpoint
CREATE INDEX `alarms_of_thing` ON `alarms` (`post_id`,`reply_id`);--> statement-breakpoint
CREATE TABLE `blocks` (
	`blocker_id` text NOT NULL,
	`blocked_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`blocker_id`, `blocked_id`),
	FOREIGN KEY (`blocker_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`blocked_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `blocks_of_blocked` ON `blocks` (`blocked_id`);--> statement-breakpoint
CREATE TABLE `comment_likes` (
	`comment_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`comment_id`, `user_id`),
	FOREIGN KEY (`comment_id`) REFERENCES `comments`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `comment_likes_of_account` ON `comment_likes` (`user_id`);--> statement-breakpoint
CREATE TABLE `comments` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`post_id` integer NOT NULL,
	`parent_id` integer,
	`author_id` text NOT NULL,
	`body` text NOT NULL,
	`like_count` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`edited_at_ms` integer,
	`deleted_at_ms` integer,
	`position` integer NOT NULL,
	`written_position` integer NOT NULL,
	FOREIGN KEY (`post_id`) REFERENCES `posts`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`author_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `comments_of_post` ON `comments` (`post_id`,`parent_id`,`id`);--> statement-breakpoint
CREATE INDEX `comments_changed` ON `comments` (`post_id`,`position`);--> statement-breakpoint
CREATE INDEX `comments_of_author` ON `comments` (`author_id`);--> statement-breakpoint
CREATE TABLE `message_likes` (
	`message_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`message_id`, `user_id`),
	FOREIGN KEY (`message_id`) REFERENCES `messages`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `message_likes_of_account` ON `message_likes` (`user_id`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` integer PRIMARY KEY NOT NULL,
	`room_id` integer NOT NULL,
	`author_id` text NOT NULL,
	`body` text NOT NULL,
	`client_id` text,
	`reply_to_id` integer,
	`like_count` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`edited_at_ms` integer,
	`deleted_at_ms` integer,
	`position` integer NOT NULL,
	`written_position` integer NOT NULL,
	FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`author_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `messages_of_room` ON `messages` (`room_id`,`id`);--> statement-breakpoint
CREATE INDEX `messages_changed` ON `messages` (`room_id`,`position`) WHERE position > written_position;--> statement-breakpoint
CREATE UNIQUE INDEX `messages_sent_once` ON `messages` (`author_id`,`client_id`) WHERE client_id is not null;--> statement-breakpoint
CREATE INDEX `messages_answering` ON `messages` (`reply_to_id`) WHERE reply_to_id is not null;--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `post_likes` (
	`post_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`post_id`, `user_id`),
	FOREIGN KEY (`post_id`) REFERENCES `posts`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `post_likes_of_account` ON `post_likes` (`user_id`);--> statement-breakpoint
CREATE TABLE `post_mutes` (
	`user_id` text NOT NULL,
	`post_id` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`user_id`, `post_id`),
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`post_id`) REFERENCES `posts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `posts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`author_id` text NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`like_count` integer DEFAULT 0 NOT NULL,
	`comment_count` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`edited_at_ms` integer,
	`deleted_at_ms` integer,
	`position` integer NOT NULL,
	`written_position` integer NOT NULL,
	FOREIGN KEY (`author_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `posts_of_author` ON `posts` (`author_id`,`id`);--> statement-breakpoint
CREATE INDEX `posts_shown` ON `posts` (`id`) WHERE deleted_at_ms is null;--> statement-breakpoint
CREATE INDEX `posts_changed` ON `posts` (`position`);--> statement-breakpoint
CREATE TABLE `push_subscriptions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`endpoint` text NOT NULL,
	`user_id` text NOT NULL,
	`sign_in_id` text NOT NULL,
	`p256dh` text NOT NULL,
	`auth` text NOT NULL,
	`user_agent` text DEFAULT '' NOT NULL,
	`created_at_ms` integer NOT NULL,
	`sent_at_ms` integer,
	`failure` text,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`sign_in_id`) REFERENCES `sign_ins`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `push_subscriptions_endpoint_unique` ON `push_subscriptions` (`endpoint`);--> statement-breakpoint
CREATE INDEX `push_subscriptions_of_account` ON `push_subscriptions` (`user_id`);--> statement-breakpoint
CREATE INDEX `push_subscriptions_of_sign_in` ON `push_subscriptions` (`sign_in_id`);--> statement-breakpoint
CREATE TABLE `room_departures` (
	`room_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`position` integer NOT NULL,
	PRIMARY KEY(`user_id`, `room_id`),
	FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `room_members` (
	`room_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`read_up_to` integer DEFAULT 0 NOT NULL,
	`role` text DEFAULT 'member' NOT NULL,
	`muted_at_ms` integer,
	`requested_at_ms` integer,
	`declined_at_ms` integer,
	`held_unread_at_ms` integer,
	`joined_at_ms` integer NOT NULL,
	`position` integer NOT NULL,
	PRIMARY KEY(`room_id`, `user_id`),
	FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `room_members_of_account` ON `room_members` (`user_id`);--> statement-breakpoint
CREATE TABLE `rooms` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`pair` text,
	`name` text,
	`created_at_ms` integer NOT NULL,
	`active_at_ms` integer NOT NULL,
	`last_message_id` integer,
	`position` integer NOT NULL,
	`changed_position` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rooms_pair_unique` ON `rooms` (`pair`);--> statement-breakpoint
CREATE TABLE `sign_ins` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`generation` integer DEFAULT 0 NOT NULL,
	`rotated_at_ms` integer NOT NULL,
	`user_agent` text DEFAULT '' NOT NULL,
	`address` text DEFAULT '' NOT NULL,
	`created_at_ms` integer NOT NULL,
	`last_used_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sign_ins_of_account` ON `sign_ins` (`user_id`) WHERE ended_at_ms is null;