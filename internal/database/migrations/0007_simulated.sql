-- Signals of rules that are only tried: nobody is told of them.
ALTER TABLE signals ADD COLUMN simulated BIGINT NOT NULL DEFAULT 0;
