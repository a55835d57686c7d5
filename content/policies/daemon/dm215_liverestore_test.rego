package policies.daemon.dm215_test

import data.policies.daemon.dm215

test_reported_1 if {
	count(dm215.deny) == 1 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_1 if {
	count(dm215.deny) == 0 with input as {"lines": {}, "settings": {"live-restore": true}, "host": null}
}
