package policies.workload.wl035_test

import data.lib.workload
import data.policies.workload.wl035

test_reported_1 if {
	count(wl035.deny) == 1 with input as workload.example({"image": {"reference": "nginx:1.29", "tag": "1.29", "digest": ""}})
}

test_quiet_1 if {
	count(wl035.deny) == 0 with input as workload.example({"image": {"reference": "nginx:1.29@sha256:1", "tag": "1.29", "digest": "sha256:1"}})
}

test_quiet_2 if {
	count(wl035.deny) == 0 with input as workload.example({"image": {"reference": "nginx:latest", "tag": "latest", "digest": ""}})
}
