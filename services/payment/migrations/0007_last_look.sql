-- Up Migration
-- A bank transfer link may be paid again after it was paid, and that webhook may get lost like any other. One last look at the
-- provider, once nothing more should come, finds money that must go back.
CREATE FUNCTION payment_last_look() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  -- The reconciliation calls a link over 15 minutes after its end.
  NEW.check_time := greatest(NEW.expire_time, clock_timestamp()) + interval '16 minutes';
  RETURN NEW;
END
$$;

CREATE TRIGGER payment_last_look BEFORE UPDATE OF state ON payments
FOR EACH ROW WHEN (NEW.provider = 'payos' AND NEW.state = 'CAPTURED' AND OLD.state <> 'CAPTURED')
EXECUTE FUNCTION payment_last_look();

-- Down Migration
DROP TRIGGER payment_last_look ON payments;
DROP FUNCTION payment_last_look;
