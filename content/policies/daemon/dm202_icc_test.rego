package policies.daemon.dm202_test

import data.policies.daemon.dm202

test_reported_1 if {
	count(dm202.deny) == 1 with input as {"lines": {}, "settings": {}, "host": null}
}

test_reported_2 if {
	count(dm202.deny) == 1 with input as {"lines": {}, "settings": {"icc": true}, "host": null}
}

test_quiet_1 if {
	count(dm202.deny) == 0 with input as {"lines": {}, "settings": {"icc": false}, "host": null}
}
