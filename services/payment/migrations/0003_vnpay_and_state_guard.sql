-- Up Migration
-- VNPay, and the order of states guarded where every writer meets it.

ALTER TABLE payments DROP CONSTRAINT payments_provider_check;
ALTER TABLE payments ADD CONSTRAINT payments_provider_check CHECK (provider IN ('zalopay', 'payos', 'vnpay', 'rehearsal'));

-- Money only ever moves a payment forward: what was paid never becomes unpaid, whoever writes.
CREATE FUNCTION payment_state_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
    'PENDING>CAPTURED', 'PENDING>FAILED', 'PENDING>CANCELLED',
    -- Money that came late.
    'FAILED>CAPTURED', 'CANCELLED>CAPTURED',
    'CAPTURED>REFUNDING', 'REFUNDING>REFUNDED']) THEN
    RAISE EXCEPTION 'a payment that is % cannot become %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_state_guard';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER payment_state_guard BEFORE UPDATE OF state ON payments
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION payment_state_guard();

-- A price, once asked for, and money, once received, are never rewritten.
CREATE FUNCTION payment_money_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the price of a payment is fixed and its captured money only grows'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_money_guard';
END
$$;

CREATE TRIGGER payment_money_guard BEFORE UPDATE OF amount_minor, currency, captured_minor, refunded_minor ON payments
FOR EACH ROW WHEN (NEW.amount_minor <> OLD.amount_minor OR NEW.currency <> OLD.currency
  OR NEW.captured_minor < OLD.captured_minor OR NEW.refunded_minor < OLD.refunded_minor)
EXECUTE FUNCTION payment_money_guard();
