package policies.daemon.dm209_test

import data.policies.daemon.dm209

test_reported_1 if {
	count(dm209.deny) == 1 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_1 if {
	count(dm209.deny) == 0 with input as {"lines": {}, "settings": {"userns-remap": "default"}, "host": null}
}
