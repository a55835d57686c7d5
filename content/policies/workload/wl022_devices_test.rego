package policies.workload.wl022_test

import data.lib.workload
import data.policies.workload.wl022

test_reported_1 if {
	count(wl022.deny) == 1 with input as workload.example({"devices": [{"dangerous": true, "source": "/dev/sda", "line": 4}]})
}

test_quiet_1 if {
	count(wl022.deny) == 0 with input as workload.example({"devices": [{"dangerous": false, "source": "/dev/net/tun", "line": 4}]})
}
