DROP INDEX `pictures_unused`;--> statement-breakpoint
ALTER TABLE `pictures` ADD `post_id` integer;--> statement-breakpoint
ALTER TABLE `pictures` ADD `comment_id` integer;--> statement-breakpoint
CREATE INDEX `pictures_of_post` ON `pictures` (`post_id`) WHERE post_id is not null;--> statement-breakpoint
CREATE INDEX `pictures_of_comment` ON `pictures` (`comment_id`) WHERE comment_id is not null;--> statement-breakpoint
CREATE INDEX `pictures_unused` ON `pictures` (`created_at_ms`) WHERE message_id is null and post_id is null and comment_id is null;--> statement-breakpoint
ALTER TABLE `comments` ADD `picture_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `posts` ADD `picture_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE TRIGGER pictures_of_deleted_post AFTER UPDATE OF deleted_at_ms ON posts
WHEN new.deleted_at_ms IS NOT NULL
BEGIN
  UPDATE pictures SET is_dropped = 1 WHERE post_id = old.id;
  UPDATE pictures SET is_dropped = 1 WHERE comment_id IN (SELECT id FROM comments WHERE post_id = old.id AND picture_count > 0);
END;
--> statement-breakpoint
CREATE TRIGGER pictures_of_deleted_comment AFTER UPDATE OF deleted_at_ms ON comments
WHEN new.deleted_at_ms IS NOT NULL AND old.picture_count > 0
BEGIN
  UPDATE pictures SET is_dropped = 1 WHERE comment_id = old.id;
END;
