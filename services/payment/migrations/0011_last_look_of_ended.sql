-- Up Migration
-- A bank transfer may come after its link has ended, and a buyer may pay after a try that failed; the webhook of either may get lost.
-- So who ended unpaid is looked at once more too, when nothing more should come. One that still has a plan keeps it.
CREATE FUNCTION payment_last_look_of_ended() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.check_time IS NULL AND clock_timestamp() < NEW.expire_time + interval '15 minutes' THEN
    NEW.check_time := NEW.expire_time + interval '16 minutes';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER payment_last_look_of_ended BEFORE UPDATE OF state ON payments
FOR EACH ROW WHEN (NEW.provider <> 'rehearsal' AND OLD.state = 'PENDING' AND NEW.state IN ('FAILED', 'CANCELLED'))
EXECUTE FUNCTION payment_last_look_of_ended();

-- Down Migration
DROP TRIGGER payment_last_look_of_ended ON payments;
DROP FUNCTION payment_last_look_of_ended;
