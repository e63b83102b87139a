-- Up Migration
-- Stock and its ledger. The counters of a class equal the sum of its reservation lines, and the CHECKs below are the last
-- line of defence: no code path, however wrong, can commit an oversold class.
--
-- Everything that moves stock takes its locks in one order: ticket_classes by id, then reservations. Hence no deadlocks.

CREATE TABLE ticket_classes (
  id              uuid PRIMARY KEY,
  event_id        uuid NOT NULL,
  name            text NOT NULL,
  price_minor     bigint NOT NULL CHECK (price_minor >= 0),
  currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  total           integer NOT NULL CHECK (total >= 0),
  reserved        integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  sold            integer NOT NULL DEFAULT 0 CHECK (sold >= 0),
  max_per_order   integer NOT NULL CHECK (max_per_order > 0),
  -- 0: no limit
  max_per_account integer NOT NULL DEFAULT 0 CHECK (max_per_account >= 0),
  rehearsal       boolean NOT NULL DEFAULT false,
  -- Order in which people see the classes: the one of the last upsert.
  position        integer NOT NULL DEFAULT 0,
  create_time     timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time     timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (event_id, name),
  CONSTRAINT never_oversold CHECK (reserved + sold <= total)
) WITH (fillfactor = 70); -- room for HOT updates of the counters

-- One row per order id, ever. A RELEASED row without lines is a tombstone: a release that overtook its reserve.
CREATE TABLE reservations (
  order_id    uuid PRIMARY KEY,
  event_id    uuid,
  user_id     text,
  state       text NOT NULL CHECK (state IN ('HELD', 'CONFIRMED', 'RELEASED', 'EXPIRED', 'RETURNED')),
  rehearsal   boolean NOT NULL DEFAULT false,
  expire_time timestamptz,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (state = 'RELEASED' OR (event_id IS NOT NULL AND user_id IS NOT NULL AND expire_time IS NOT NULL))
) WITH (fillfactor = 80);

CREATE INDEX reservations_expiring ON reservations (expire_time) WHERE state = 'HELD';
CREATE INDEX reservations_live_by_account ON reservations (event_id, user_id) WHERE state IN ('HELD', 'CONFIRMED');

-- Lines never change: the price is the one of the first reserve.
CREATE TABLE reservation_lines (
  order_id         uuid NOT NULL REFERENCES reservations (order_id),
  ticket_class_id  uuid NOT NULL REFERENCES ticket_classes (id),
  quantity         integer NOT NULL CHECK (quantity > 0),
  unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
  currency         text NOT NULL,
  PRIMARY KEY (order_id, ticket_class_id)
);

CREATE INDEX reservation_lines_by_class ON reservation_lines (ticket_class_id);

-- The sale's curve: one row per class whenever its counters changed, at most one per interval.
CREATE TABLE inventory_snapshots (
  ticket_class_id uuid NOT NULL REFERENCES ticket_classes (id),
  snapshot_time   timestamptz NOT NULL,
  total           integer NOT NULL,
  reserved        integer NOT NULL,
  sold            integer NOT NULL,
  PRIMARY KEY (ticket_class_id, snapshot_time)
);

-- Messages for Kafka, written in the transaction that they tell about; runtime/outbox.ts has the contract of the table.
CREATE TABLE outbox (
  seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id             text        NOT NULL UNIQUE,
  topic          text        NOT NULL,
  key            text        NOT NULL,
  type           text        NOT NULL,
  value          text        NOT NULL,
  shard          smallint    NOT NULL CHECK (shard >= 0 AND shard < 16),
  created_time   timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_time timestamptz
);
CREATE INDEX outbox_waiting ON outbox (shard, seq) WHERE published_time IS NULL;
CREATE INDEX outbox_published ON outbox (published_time) WHERE published_time IS NOT NULL;

CREATE FUNCTION rfc3339(p_time timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT to_char(p_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- The only writer of this database's outbox. The shard only has to be the same for the same key here; Postgres has no sha1
-- of its own, so it is not the shard that runtime/outbox.ts would choose.
CREATE FUNCTION outbox_add(p_id text, p_topic text, p_key text, p_data jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO outbox (id, topic, key, type, value, shard)
  VALUES (p_id, p_topic, p_key, p_topic,
          jsonb_build_object('id', p_id, 'type', p_topic, 'time', rfc3339(clock_timestamp()), 'key', p_key, 'data', p_data)::text,
          get_byte(sha256(convert_to(p_key, 'UTF8')), 1) & 15)
  ON CONFLICT (id) DO NOTHING
$$;
