-- How many signals wait, and how many are overdue, is asked each time metrics are read: an
-- index has all that it takes.
DROP INDEX signals_state;
CREATE INDEX signals_state ON signals (state, severity, due, simulated);
