package policies.daemon.dm205_test

import data.policies.daemon.dm205

test_reported_1 if {
	count(dm205.deny) == 1 with input as {"lines": {}, "settings": {"insecure-registries": ["registry.example.com"]}, "host": null}
}

test_quiet_1 if {
	count(dm205.deny) == 0 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_2 if {
	count(dm205.deny) == 0 with input as {"lines": {}, "settings": {"insecure-registries": []}, "host": null}
}
