-- Up Migration
-- The provider has taken a refund and has not finished it: banks take days. From then on it is only asked about.
ALTER TABLE refunds ADD COLUMN accepted_time timestamptz;

-- Down Migration
ALTER TABLE refunds DROP COLUMN accepted_time;
