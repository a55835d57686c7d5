-- What was done, when and by whom. Rows are only ever added.
CREATE TABLE audit (
	id      {{serial}},
	at      BIGINT NOT NULL,
	actor   {{text}} NOT NULL,
	action  {{text}} NOT NULL,
	object  {{text}} NOT NULL,
	outcome {{text}} NOT NULL,
	detail  {{text}} NOT NULL
);
CREATE INDEX audit_object ON audit (object, id);

-- How far somebody has read something that others write.
CREATE TABLE cursors (
	name     {{text}} NOT NULL PRIMARY KEY,
	position BIGINT NOT NULL
);
