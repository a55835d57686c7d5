-- Searches that people keep by a name. One of nobody is shared by all.
CREATE TABLE views (
	id      {{text}} NOT NULL PRIMARY KEY,
	user_id {{text}} REFERENCES users (id) ON DELETE CASCADE,
	page    {{text}} NOT NULL,
	name    {{text}} NOT NULL,
	search  {{text}} NOT NULL, -- of the address, behind the question mark
	changed BIGINT NOT NULL,
	actor   {{text}} NOT NULL -- who changed it last
);
CREATE INDEX views_page ON views (page, user_id);
