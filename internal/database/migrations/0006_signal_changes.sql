-- When a signal was changed last: a number that grows with each change of any signal, about
-- nanoseconds since 1970.
ALTER TABLE signals ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
UPDATE signals SET changed = recorded;

-- Searches look at signals in memory; what is left are the entities, for their risk.
DELETE FROM signal_terms WHERE term < 'entity.' OR term >= 'entity/';
DROP INDEX signal_terms_signal;
DROP INDEX signals_opened;
DROP INDEX signals_last_seen;
DROP INDEX signals_severity;
CREATE INDEX signals_changed ON signals (changed);
