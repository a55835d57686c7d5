package policies.daemon.dm207_test

import data.policies.daemon.dm207

test_reported_1 if {
	count(dm207.deny) == 1 with input as {"lines": {}, "settings": {"hosts": ["tcp://0.0.0.0:2375"]}, "host": null}
}

test_reported_2 if {
	count(dm207.deny) == 1 with input as {"lines": {}, "settings": {"hosts": ["tcp://0.0.0.0:2376"], "tls": true}, "host": null}
}

test_quiet_1 if {
	count(dm207.deny) == 0 with input as {"lines": {}, "settings": {}, "host": null}
}

test_quiet_2 if {
	count(dm207.deny) == 0 with input as {"lines": {}, "settings": {"hosts": ["unix:///var/run/docker.sock"]}, "host": null}
}

test_quiet_3 if {
	count(dm207.deny) == 0 with input as {"lines": {}, "settings": {"hosts": ["tcp://0.0.0.0:2376"], "tlsverify": true}, "host": null}
}
