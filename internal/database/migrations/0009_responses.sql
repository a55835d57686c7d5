-- What was done, or would have been done, about signals. One row is open for a key at a time:
-- the same action on the same target. Times are clock, 0 for never.
CREATE TABLE responses (
	id          {{serial}},
	key         {{text}} NOT NULL, -- action and target
	open        BIGINT NOT NULL,   -- 1 while a repeat belongs to it, 0 afterwards
	action      {{text}} NOT NULL, -- block, or the name of an action of the configuration
	kind        {{text}} NOT NULL, -- of the target: network, signal or a kind of entity
	target      {{text}} NOT NULL,
	state       {{text}} NOT NULL,
	ending      {{text}} NOT NULL, -- undone or expired while it is being undone, else empty
	policy      {{text}} NOT NULL, -- empty for a person
	reason      {{text}} NOT NULL, -- why, or why not
	refusal     {{text}} NOT NULL, -- the rule that refused it, else empty
	signal      {{text}} NOT NULL, -- the first one, or empty
	rule        {{text}} NOT NULL, -- of that signal
	made        BIGINT NOT NULL,
	made_by     {{text}} NOT NULL,
	changed     BIGINT NOT NULL,
	changed_by  {{text}} NOT NULL,
	lasts       BIGINT NOT NULL,   -- how long it lasts from when it begins
	expires     BIGINT NOT NULL,   -- until when it is open
	applied     BIGINT NOT NULL,   -- when it began to hold
	held_until  BIGINT NOT NULL,   -- until when what was applied holds
	ended       BIGINT NOT NULL,
	repeats     BIGINT NOT NULL,
	attempts    BIGINT NOT NULL,
	next        BIGINT NOT NULL,   -- when it is tried again
	error       {{text}} NOT NULL,
	output      {{text}} NOT NULL,
	version     BIGINT NOT NULL    -- grows with each change
);
CREATE UNIQUE INDEX responses_key ON responses (key) WHERE open = 1;
CREATE INDEX responses_open ON responses (open, state, expires);
CREATE INDEX responses_target ON responses (target);
CREATE INDEX responses_changed ON responses (changed);

-- Which signals a response is about.
CREATE TABLE response_signals (
	signal   {{text}} NOT NULL,
	response BIGINT NOT NULL,
	PRIMARY KEY (signal, response)
);
CREATE INDEX response_signals_response ON response_signals (response);

-- Who signed in of late must never be cut off.
CREATE INDEX audit_action ON audit (action, id);
