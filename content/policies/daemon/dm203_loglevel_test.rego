package policies.daemon.dm203_test

import data.policies.daemon.dm203

test_reported_1 if {
	count(dm203.deny) == 1 with input as {"lines": {}, "settings": {"log-level": "debug"}, "host": null}
}

test_reported_2 if {
	count(dm203.deny) == 1 with input as {"lines": {}, "settings": {"log-level": "error"}, "host": null}
}

test_quiet_1 if {
	count(dm203.deny) == 0 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_2 if {
	count(dm203.deny) == 0 with input as {"lines": {}, "settings": {"log-level": "info"}, "host": null}
}
