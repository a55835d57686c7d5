-- What scanners and policies found about each asset. Times are clock, in nanoseconds.
CREATE TABLE assets (
	name     {{text}} NOT NULL PRIMARY KEY,
	taken    BIGINT NOT NULL,   -- the latest run
	actor    {{text}} NOT NULL, -- who sent it
	tools    {{text}} NOT NULL, -- of the run, with commas between
	counts   {{text}} NOT NULL, -- JSON
	left_out BIGINT NOT NULL    -- findings of the run that are not kept
);
CREATE TABLE asset_findings (
	asset     {{text}} NOT NULL REFERENCES assets (name) ON DELETE CASCADE,
	key       {{text}} NOT NULL,
	kind      {{text}} NOT NULL,
	severity  BIGINT NOT NULL,
	state     {{text}} NOT NULL, -- new, open, reopened, fixed; held when a suppression or VEX holds it back
	exploited BIGINT NOT NULL,
	since     BIGINT NOT NULL,   -- the run that brought it, or brought it again
	words     {{text}} NOT NULL, -- in lower case, for searches
	body      {{text}} NOT NULL, -- JSON
	PRIMARY KEY (asset, key)
);
CREATE INDEX asset_findings_order ON asset_findings (severity, asset, key);
CREATE TABLE asset_runs (
	asset  {{text}} NOT NULL REFERENCES assets (name) ON DELETE CASCADE,
	at     BIGINT NOT NULL,
	counts {{text}} NOT NULL, -- JSON
	PRIMARY KEY (asset, at)
);
