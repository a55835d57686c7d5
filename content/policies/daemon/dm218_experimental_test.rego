package policies.daemon.dm218_test

import data.policies.daemon.dm218

test_reported_1 if {
	count(dm218.deny) == 1 with input as {"lines": {}, "settings": {"experimental": true}, "host": null}
}

test_quiet_1 if {
	count(dm218.deny) == 0 with input as {"lines": {}, "settings": {}, "host": null}
}
