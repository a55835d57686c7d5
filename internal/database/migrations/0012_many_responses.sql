-- Tens of thousands of responses are open at a time, and many more are over: an index holds
-- only those that somebody looks for by it.
DROP INDEX responses_key;
DROP INDEX responses_open;
DROP INDEX responses_target;
DROP INDEX responses_changed;
ALTER TABLE responses DROP COLUMN key;

-- One is open for an action on a target at a time.
CREATE UNIQUE INDEX responses_target ON responses (target, action) WHERE open = 1;
CREATE INDEX responses_past ON responses (target) WHERE open = 0;
CREATE INDEX responses_state ON responses (state, action) WHERE open = 1;
-- What is due: the end of its time, more time, and the end that somebody wants.
CREATE INDEX responses_expires ON responses (expires) WHERE open = 1 AND ending = '';
CREATE INDEX responses_later ON responses (id) WHERE open = 1 AND ending = '' AND applied <> 0 AND held_until < expires;
CREATE INDEX responses_ending ON responses (id) WHERE open = 1 AND ending <> '';
-- What limits count, what bouncers are told of, what is removed.
CREATE INDEX responses_made ON responses (made) WHERE policy <> '';
CREATE INDEX responses_held ON responses (changed) WHERE refusal = 'rate_limit';
CREATE INDEX responses_ended ON responses (ended) WHERE ended <> 0;
CREATE INDEX responses_closed ON responses (changed) WHERE open = 0;
