CREATE TRIGGER pictures_of_deleted AFTER UPDATE OF deleted_at_ms ON messages
WHEN new.deleted_at_ms IS NOT NULL AND old.picture_count > 0
BEGIN
  UPDATE pictures SET is_dropped = 1 WHERE message_id = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER pictures_of_removed AFTER DELETE ON messages
WHEN old.picture_count > 0
BEGIN
  UPDATE pictures SET is_dropped = 1 WHERE message_id = old.id;
END;
