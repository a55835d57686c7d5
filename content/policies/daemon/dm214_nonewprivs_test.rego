package policies.daemon.dm214_test

import data.policies.daemon.dm214

test_reported_1 if {
	count(dm214.deny) == 1 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_1 if {
	count(dm214.deny) == 0 with input as {"lines": {}, "settings": {"no-new-privileges": true}, "host": null}
}
