-- Up Migration
-- The order service asks every few seconds what was cancelled.
CREATE INDEX events_cancelled ON events (update_time) WHERE state = 'CANCELLED';

-- Down Migration
DROP INDEX events_cancelled;
