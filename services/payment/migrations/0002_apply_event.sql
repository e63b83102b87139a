-- Up Migration
-- The one door for money. See services/payment/README.md for the contract; callers verify signatures before.

-- Schedules the return of up to p_amount of one transaction, never more than is left of it.
CREATE FUNCTION payment_schedule_refund(p_transaction_id uuid, p_amount bigint, p_reason text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  txn       transactions%ROWTYPE;
  scheduled bigint;
  amount    bigint;
BEGIN
  SELECT * INTO STRICT txn FROM transactions WHERE id = p_transaction_id;
  SELECT coalesce(sum(amount_minor), 0) INTO scheduled FROM refunds WHERE transaction_id = p_transaction_id;
  amount := least(p_amount, txn.amount_minor - scheduled);
  IF amount <= 0 THEN
    RETURN 0;
  END IF;
  INSERT INTO refunds (payment_id, transaction_id, amount_minor, reason)
  VALUES (txn.payment_id, txn.id, amount, p_reason);
  RETURN amount;
END
$$;

-- Schedules the return of everything that is left of a payment; returns the amount. The caller holds the payment's lock.
CREATE FUNCTION payment_schedule_full_refund(p_payment_id uuid, p_reason text) RETURNS bigint
LANGUAGE sql AS $$
  SELECT coalesce(sum(payment_schedule_refund(id, amount_minor, p_reason)), 0)::bigint
  FROM (SELECT id, amount_minor FROM transactions WHERE payment_id = p_payment_id AND counted ORDER BY create_time, id) t
$$;

-- A payment reaches each of these states at most once, hence the id.
CREATE FUNCTION payment_emit(p payments, p_topic text, p_extra jsonb) RETURNS void
LANGUAGE sql AS $$
  SELECT outbox_add(p_topic || ':' || p.id, p_topic, p.order_id::text,
    jsonb_build_object('orderId', p.order_id, 'paymentId', p.id, 'eventId', p.event_id, 'provider', p.provider) || p_extra)
$$;

CREATE FUNCTION payment_apply_event(
  p_provider        text,
  p_provider_ref    text,
  p_kind            text,
  p_provider_txn_id text,
  p_amount_minor    bigint,
  p_currency        text,
  p_reason          text,
  p_source          text,
  p_raw             text
) RETURNS TABLE (verdict text, payment_id uuid, order_id uuid, state text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  pay     payments%ROWTYPE;
  known   transactions%ROWTYPE;
  txn     transactions%ROWTYPE;
  result  text;
  surplus bigint := 0;
  net     bigint;
  money   boolean := p_kind = 'captured';
  -- Failures have no transaction number at the provider: one per link is enough.
  txn_key text := coalesce(p_provider_txn_id, p_kind || ':' || p_provider_ref);
BEGIN
  IF p_kind NOT IN ('captured', 'failed', 'cancelled') THEN
    RAISE EXCEPTION 'unknown kind %', p_kind USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF money AND (p_provider_txn_id IS NULL OR p_amount_minor IS NULL OR p_amount_minor <= 0 OR p_currency IS NULL) THEN
    RAISE EXCEPTION 'a capture needs transaction, amount and currency' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  -- The payment's row lock makes events of one payment take turns, whoever brings them.
  SELECT p.* INTO pay
  FROM payment_links l JOIN payments p ON p.id = l.payment_id
  WHERE l.provider = p_provider AND l.provider_ref = p_provider_ref
  FOR UPDATE OF p;

  INSERT INTO transactions (provider, provider_txn_id, provider_ref, payment_id, kind, amount_minor, currency, verdict, source, raw)
  VALUES (p_provider, txn_key, p_provider_ref, pay.id, p_kind, coalesce(p_amount_minor, 0),
          coalesce(p_currency, pay.currency, 'XXX'), 'RECEIVED', p_source, coalesce(p_raw, ''))
  ON CONFLICT (provider, provider_ref, provider_txn_id) DO NOTHING
  RETURNING * INTO txn;

  IF txn.id IS NULL THEN
    SELECT * INTO STRICT known FROM transactions t
    WHERE t.provider = p_provider AND t.provider_ref = p_provider_ref AND t.provider_txn_id = txn_key;
    RETURN QUERY SELECT CASE WHEN known.payment_id IS NULL THEN 'UNKNOWN' ELSE 'DUPLICATE' END,
                        known.payment_id, pay.order_id, pay.state;
    RETURN;
  END IF;

  IF pay.id IS NULL THEN
    result := 'UNKNOWN';
  ELSIF NOT money THEN
    -- Paid never becomes failed, and a lost earlier link must not end a payment whose newest link is alive.
    IF pay.state = 'PENDING' AND pay.provider_ref = p_provider_ref THEN
      result := upper(p_kind);
      UPDATE payments p SET state = result, failure_reason = p_reason, update_time = clock_timestamp(),
             check_time = NULL
      WHERE p.id = pay.id RETURNING p.* INTO pay;
      PERFORM payment_emit(pay, 'payment.failed', jsonb_build_object('reason', coalesce(p_reason, result)));
      PERFORM payment_schedule_full_refund(pay.id, 'UNDERPAID');
    ELSE
      result := 'IGNORED';
    END IF;
  ELSIF p_currency <> pay.currency THEN
    result := 'CURRENCY_MISMATCH';
  ELSE
    UPDATE transactions t SET counted = true WHERE t.id = txn.id;
    UPDATE payments p SET captured_minor = p.captured_minor + p_amount_minor, update_time = clock_timestamp()
    WHERE p.id = pay.id RETURNING p.* INTO pay;
    -- What is ours to keep: partial payments that are on their way back do not count again.
    SELECT pay.captured_minor - coalesce(sum(r.amount_minor), 0) INTO net FROM refunds r WHERE r.payment_id = pay.id;

    IF pay.state IN ('CAPTURED', 'REFUNDING', 'REFUNDED') THEN
      result := 'SURPLUS';
      surplus := p_amount_minor;
    ELSIF net >= pay.amount_minor THEN
      -- Late money too: it is there, so it is captured, and the order decides between tickets and a refund.
      result := 'CAPTURED';
      surplus := net - pay.amount_minor;
      UPDATE payments p SET state = 'CAPTURED', capture_time = clock_timestamp(), failure_reason = NULL,
             check_time = NULL
      WHERE p.id = pay.id RETURNING p.* INTO pay;
      PERFORM payment_emit(pay, 'payment.completed', jsonb_build_object(
        'providerTxnId', p_provider_txn_id,
        'amount', jsonb_build_object('amountMinor', pay.amount_minor::text, 'currency', pay.currency),
        'captureTime', rfc3339(pay.capture_time)));
    ELSE
      result := 'UNDERPAID';
    END IF;

    IF surplus > 0 THEN
      PERFORM payment_schedule_refund(txn.id, surplus, 'SURPLUS');
    END IF;
    IF result = 'UNDERPAID' AND pay.state <> 'PENDING' THEN
      PERFORM payment_schedule_full_refund(pay.id, 'UNDERPAID');
    END IF;
  END IF;

  UPDATE transactions t SET verdict = result WHERE t.id = txn.id;
  RETURN QUERY SELECT result, pay.id, pay.order_id, pay.state;
END
$$;

-- Books one refund as done at the provider; the payment is REFUNDED once nothing of it is left.
-- Returns false when it was booked before.
CREATE FUNCTION payment_refund_done(p_refund_id uuid) RETURNS boolean
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
