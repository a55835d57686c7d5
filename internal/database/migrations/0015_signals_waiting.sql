-- How many signals wait, and how many are overdue, is asked each time metrics are read.
CREATE INDEX signals_waiting ON signals (severity, due) WHERE state = 0 AND simulated = 0;
