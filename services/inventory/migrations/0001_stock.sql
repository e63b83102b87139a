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

-- The same table as in the payment database; see services/payment/README.md.
CREATE TABLE outbox (
  seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id           uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  topic        text NOT NULL,
  key          text NOT NULL,
  data         jsonb NOT NULL,
  create_time  timestamptz NOT NULL DEFAULT clock_timestamp(),
  publish_time timestamptz
);

CREATE INDEX outbox_unpublished ON outbox (seq) WHERE publish_time IS NULL;
CREATE INDEX outbox_published ON outbox (publish_time) WHERE publish_time IS NOT NULL;
