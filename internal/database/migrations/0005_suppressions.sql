-- Suppressions that people made while the server runs. Nothing is ever taken away.
CREATE TABLE suppressions (
	id         {{serial}},
	name       {{text}} NOT NULL,
	reason     {{text}} NOT NULL,
	rules      {{text}} NOT NULL, -- a search for rules
	query      {{text}} NOT NULL, -- a search for signals
	starts     BIGINT NOT NULL,   -- event time, 0 is no bound
	expires    BIGINT NOT NULL,   -- event time, 0 is never
	schedule   {{text}} NOT NULL, -- windows that come back, empty for none
	signal     {{text}} NOT NULL, -- the id of the signal that it was made from, or empty
	made       BIGINT NOT NULL,   -- clock, as changed and ended
	made_by    {{text}} NOT NULL,
	changed    BIGINT NOT NULL,
	changed_by {{text}} NOT NULL,
	ended      BIGINT NOT NULL,   -- 0 while nobody ended it
	version    BIGINT NOT NULL,   -- grows with each change
	signals    BIGINT NOT NULL,   -- how many it began to hold back
	findings   BIGINT NOT NULL,   -- how many changes of signals it held back
	last       BIGINT NOT NULL,   -- event time of the last of them
	sample     {{bytes}}          -- the last signal that it began to hold back
);
CREATE INDEX suppressions_ended ON suppressions (ended, expires);

-- What they held back, by rule.
CREATE TABLE suppression_rules (
	suppression BIGINT NOT NULL,
	rule_id     {{text}} NOT NULL,
	signals     BIGINT NOT NULL,
	findings    BIGINT NOT NULL,
	last        BIGINT NOT NULL,
	PRIMARY KEY (suppression, rule_id)
);
