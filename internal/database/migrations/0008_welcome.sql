-- How far the first hour of the server has come: one row at the most.
CREATE TABLE welcome (
	id    BIGINT NOT NULL PRIMARY KEY, -- 1
	state {{text}} NOT NULL,           -- open, finished or dismissed
	at    BIGINT NOT NULL,             -- clock
	actor {{text}} NOT NULL
);
