-- Up Migration
-- What was given back of an order, and when. The sale itself stays as it was told: a refund may even be told before it.

ALTER TABLE sale_orders
  ADD COLUMN refund_time      timestamptz,
  ADD COLUMN refunded_tickets integer NOT NULL DEFAULT 0 CHECK (refunded_tickets >= 0),
  ADD COLUMN refunded_minor   bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0);

-- Down Migration
ALTER TABLE sale_orders DROP COLUMN refund_time, DROP COLUMN refunded_tickets, DROP COLUMN refunded_minor;
