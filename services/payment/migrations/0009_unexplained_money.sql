-- Up Migration
-- Money that came and belongs to nobody we know, or in a currency that nobody asked for: counted until a person has found out what it
-- is, and written that down here.
ALTER TABLE transactions ADD COLUMN explanation text;

CREATE INDEX transactions_unexplained ON transactions (verdict)
WHERE kind = 'captured' AND verdict IN ('UNKNOWN', 'CURRENCY_MISMATCH') AND explanation IS NULL;

-- Down Migration
DROP INDEX transactions_unexplained;
ALTER TABLE transactions DROP COLUMN explanation;
