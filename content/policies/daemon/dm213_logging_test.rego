package policies.daemon.dm213_test

import data.policies.daemon.dm213

test_reported_1 if {
	count(dm213.deny) == 1 with input as {"lines": {}, "settings": {}, "host": null}
}

test_reported_2 if {
	count(dm213.deny) == 1 with input as {"lines": {}, "settings": {"log-driver": "none"}, "host": null}
}

test_quiet_1 if {
	count(dm213.deny) == 0 with input as {"lines": {}, "settings": {"log-driver": "journald"}, "host": null}
}

test_quiet_2 if {
	count(dm213.deny) == 0 with input as {"lines": {}, "settings": {"log-opts": {"max-size": "10m"}}, "host": null}
}
