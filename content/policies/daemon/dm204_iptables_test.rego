package policies.daemon.dm204_test

import data.policies.daemon.dm204

test_reported_1 if {
	count(dm204.deny) == 1 with input as {"lines": {}, "settings": {"iptables": false}, "host": null}
}

test_quiet_1 if {
	count(dm204.deny) == 0 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_2 if {
	count(dm204.deny) == 0 with input as {"lines": {}, "settings": {"iptables": true}, "host": null}
}
