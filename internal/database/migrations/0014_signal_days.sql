-- What rules did of late is asked with each list of rules: an index has all that it takes,
-- without the signals themselves, which have kilobytes each.
CREATE INDEX signals_days ON signals (opened, rule_id);
CREATE INDEX signals_judged ON signals (recorded, rule_id, reason) WHERE reason <> '';
