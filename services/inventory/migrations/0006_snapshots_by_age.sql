-- Up Migration
-- Snapshots are pruned by their age, oldest first.
CREATE INDEX inventory_snapshots_by_age ON inventory_snapshots (snapshot_time);

-- Down Migration
DROP INDEX inventory_snapshots_by_age;
