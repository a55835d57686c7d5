-- Signals of detection, and what people did about them.
CREATE TABLE signals (
	seq          {{serial}},
	id           {{text}} NOT NULL UNIQUE,
	rule_id      {{text}} NOT NULL,
	rule         {{text}} NOT NULL,
	severity     BIGINT NOT NULL, -- 0 info .. 4 critical
	state        BIGINT NOT NULL, -- 0 open, 1 under review, 2 archived
	reason       {{text}} NOT NULL, -- why it is archived
	assignee     {{text}} NOT NULL,
	labels       {{text}} NOT NULL, -- tags that people gave it, a JSON array
	opened       BIGINT NOT NULL, -- event time
	last_seen    BIGINT NOT NULL, -- event time
	closed       BIGINT NOT NULL, -- event time, 0 while it goes on
	events       BIGINT NOT NULL,
	recorded     BIGINT NOT NULL, -- clock: when it was first written here
	due          BIGINT NOT NULL, -- clock: until when somebody is to look at it, 0 is never
	acknowledged BIGINT NOT NULL, -- clock: when somebody did, 0 is not yet
	version      BIGINT NOT NULL, -- grows with each change
	doc          {{bytes}} NOT NULL, -- the signal, as signals.jsonl has it
	search       {{bytes}} NOT NULL -- what searches look at, as JSON
);
CREATE INDEX signals_opened ON signals (opened, seq);
CREATE INDEX signals_last_seen ON signals (last_seen, seq);
CREATE INDEX signals_severity ON signals (severity, opened, seq);
CREATE INDEX signals_state ON signals (state, severity, due);

-- Which signals have a value: path=value in lower case.
CREATE TABLE signal_terms (
	term   {{text}} NOT NULL,
	signal BIGINT NOT NULL,
	PRIMARY KEY (term, signal)
);
CREATE INDEX signal_terms_signal ON signal_terms (signal);

-- What became of a signal, and what people said about it.
CREATE TABLE signal_history (
	id     {{serial}},
	signal BIGINT NOT NULL,
	at     BIGINT NOT NULL,
	actor  {{text}} NOT NULL,
	action {{text}} NOT NULL,
	text   {{text}} NOT NULL
);
CREATE INDEX signal_history_signal ON signal_history (signal, id);

-- Who and what signals are about. The risk at a time t is 2^(heat - t/half-life).
CREATE TABLE entities (
	name    {{text}} NOT NULL PRIMARY KEY, -- kind=value
	heat    DOUBLE PRECISION NOT NULL,
	first   BIGINT NOT NULL,
	last    BIGINT NOT NULL,
	signals BIGINT NOT NULL
);
CREATE INDEX entities_heat ON entities (heat);

-- What those who follow signals have not all seen yet.
CREATE TABLE signal_outbox (
	id       {{serial}},
	signal   {{text}} NOT NULL,
	change   {{text}} NOT NULL,
	severity BIGINT NOT NULL,
	at       BIGINT NOT NULL
);
