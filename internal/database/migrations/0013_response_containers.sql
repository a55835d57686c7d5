-- What responses did to containers: where it is, what undoes it. One of the server that was
-- killed in the middle goes on from there.
CREATE TABLE response_containers (
	response  BIGINT NOT NULL PRIMARY KEY,
	container {{text}} NOT NULL, -- its id
	memory    {{text}} NOT NULL  -- JSON: see Containment in internal/respond
);
CREATE INDEX response_containers_container ON response_containers (container);
