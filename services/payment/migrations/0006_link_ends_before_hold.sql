-- Up Migration
-- A buyer must not be able to pay for stock that is no longer held: the link ends before the hold does.

ALTER TABLE payments ADD COLUMN hold_expire_time timestamptz;
ALTER TABLE payments ADD CONSTRAINT link_ends_before_hold CHECK (expire_time < hold_expire_time);

-- Down Migration
ALTER TABLE payments DROP COLUMN hold_expire_time;
