package policies.workload.wl036_test

import data.lib.workload
import data.policies.workload.wl036

test_reported_1 if {
	count(wl036.deny) == 1 with input as workload.example({"command": [{"value": "--web.enable-admin-api"}]})
}

test_reported_2 if {
	count(wl036.deny) == 1 with input as workload.example({"command": [{"value": "--api.insecure=true"}]})
}

test_quiet_1 if {
	count(wl036.deny) == 0 with input as workload.example({"command": [{"value": "--config.file=/etc/prometheus.yml"}]})
}
