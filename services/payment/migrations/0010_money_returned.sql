-- Up Migration
-- Money that was not the price (too little, or more than it) goes back without anything else becoming of its payment. Who sent it is
-- told when all of it is back: payment.returned.
ALTER TABLE refunds ADD COLUMN told_time timestamptz;
-- Nobody is told of what has been back for long.
UPDATE refunds SET told_time = done_time WHERE state = 'DONE' AND reason IN ('SURPLUS', 'UNDERPAID');

-- One message for all of a reason that is back and was not told of; none while some of it is still on its way. The caller holds the
-- payment's lock. The sum of all that was told of only grows, so it names the message.
CREATE FUNCTION payment_tell_returned(p payments, p_reason text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  back     bigint;
  ever     bigint;
  received bigint;
BEGIN
  IF EXISTS (SELECT FROM refunds WHERE payment_id = p.id AND reason = p_reason AND state = 'PENDING') THEN
    RETURN;
  END IF;
  WITH told AS (
    UPDATE refunds SET told_time = clock_timestamp()
    WHERE payment_id = p.id AND reason = p_reason AND state = 'DONE' AND told_time IS NULL RETURNING amount_minor)
  SELECT sum(amount_minor) INTO back FROM told;
  IF back IS NULL THEN
    RETURN;
  END IF;
  SELECT sum(amount_minor) INTO ever FROM refunds WHERE payment_id = p.id AND reason = p_reason;
  -- Too little goes back whole. Beside a surplus there is what it exceeds: neither earlier parts nor an earlier surplus.
  SELECT CASE WHEN p_reason = 'UNDERPAID' THEN back ELSE p.captured_minor - (ever - back) - coalesce(sum(amount_minor), 0) END
  INTO received FROM refunds WHERE payment_id = p.id AND reason = 'UNDERPAID';
  PERFORM outbox_add('payment.returned:' || p.id || ':' || p_reason || ':' || ever, 'payment.returned', p.order_id::text,
    jsonb_build_object(
      'orderId', p.order_id, 'paymentId', p.id, 'eventId', p.event_id, 'provider', p.provider,
      'reason', p_reason, 'returnId', p_reason || '-' || ever,
      'received', jsonb_build_object('amountMinor', received::text, 'currency', p.currency),
      'owed', jsonb_build_object('amountMinor', p.amount_minor::text, 'currency', p.currency),
      'returned', jsonb_build_object('amountMinor', back::text, 'currency', p.currency),
      'returnTime', rfc3339(clock_timestamp())));
END
$$;

-- As before, and tells.
CREATE OR REPLACE FUNCTION payment_refund_done(p_refund_id uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  pay    payments%ROWTYPE;
  refund refunds%ROWTYPE;
BEGIN
  SELECT p.* INTO STRICT pay FROM payments p JOIN refunds r ON r.payment_id = p.id WHERE r.id = p_refund_id FOR UPDATE OF p;
  UPDATE refunds SET state = 'DONE', done_time = clock_timestamp(), last_error = NULL
  WHERE id = p_refund_id AND state = 'PENDING' RETURNING * INTO refund;
  IF refund.id IS NULL THEN
    RETURN false;
  END IF;
  UPDATE payments SET
    refunded_minor = refunded_minor + refund.amount_minor,
    state = CASE WHEN state = 'REFUNDING' AND refunded_minor + refund.amount_minor >= captured_minor THEN 'REFUNDED' ELSE state END,
    refund_time = CASE WHEN refunded_minor + refund.amount_minor >= captured_minor THEN clock_timestamp() ELSE refund_time END,
    update_time = clock_timestamp()
  WHERE id = pay.id;
  IF refund.reason IN ('SURPLUS', 'UNDERPAID') THEN
    PERFORM payment_tell_returned(pay, refund.reason);
  END IF;
  RETURN true;
END
$$;

-- Down Migration
CREATE OR REPLACE FUNCTION payment_refund_done(p_refund_id uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  pay    payments%ROWTYPE;
  refund refunds%ROWTYPE;
BEGIN
  SELECT p.* INTO STRICT pay FROM payments p JOIN refunds r ON r.payment_id = p.id WHERE r.id = p_refund_id FOR UPDATE OF p;
  UPDATE refunds SET state = 'DONE', done_time = clock_timestamp(), last_error = NULL
  WHERE id = p_refund_id AND state = 'PENDING' RETURNING * INTO refund;
  IF refund.id IS NULL THEN
    RETURN false;
  END IF;
  UPDATE payments SET
    refunded_minor = refunded_minor + refund.amount_minor,
    state = CASE WHEN state = 'REFUNDING' AND refunded_minor + refund.amount_minor >= captured_minor THEN 'REFUNDED' ELSE state END,
    refund_time = CASE WHEN refunded_minor + refund.amount_minor >= captured_minor THEN clock_timestamp() ELSE refund_time END,
    update_time = clock_timestamp()
  WHERE id = pay.id;
  RETURN true;
END
$$;
DROP FUNCTION payment_tell_returned;
ALTER TABLE refunds DROP COLUMN told_time;
