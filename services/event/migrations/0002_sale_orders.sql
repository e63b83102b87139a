-- Up Migration
-- What orders say of themselves in Kafka, kept for the figures that organisers see over time. One row per order, so that a message
-- that comes again, or is replayed months later, changes nothing.

CREATE TABLE sale_orders (
  order_id      uuid PRIMARY KEY,
  event_id      uuid NOT NULL,
  create_time   timestamptz,
  pay_time      timestamptz,
  tickets       integer NOT NULL DEFAULT 0 CHECK (tickets >= 0),
  revenue_minor bigint NOT NULL DEFAULT 0 CHECK (revenue_minor >= 0),
  currency      text NOT NULL DEFAULT '' CHECK (currency ~ '^([A-Z]{3})?$')
);

CREATE INDEX sale_orders_event ON sale_orders (event_id);
