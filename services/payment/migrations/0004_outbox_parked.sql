-- Up Migration
-- Messages that the broker will never take (too large, a topic name that cannot be), moved out of the way of those behind them.
-- Back into line, once the reason is gone:
--   WITH row AS (DELETE FROM outbox_parked WHERE id = '...' RETURNING *)
--   INSERT INTO outbox (id, topic, key, type, value, shard, created_time)
--   SELECT id, topic, key, type, value, shard, created_time FROM row;

CREATE TABLE outbox_parked (
  id           text        PRIMARY KEY,
  topic        text        NOT NULL,
  key          text        NOT NULL,
  type         text        NOT NULL,
  value        text        NOT NULL,
  shard        smallint    NOT NULL,
  created_time timestamptz NOT NULL,
  parked_time  timestamptz NOT NULL DEFAULT now(),
  reason       text        NOT NULL
);

-- Down Migration
DROP TABLE outbox_parked;
