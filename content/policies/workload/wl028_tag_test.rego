package policies.workload.wl028_test

import data.lib.workload
import data.policies.workload.wl028

test_reported_1 if {
	count(wl028.deny) == 1 with input as workload.example({"image": {"reference": "nginx", "tag": "", "digest": ""}})
}

test_reported_2 if {
	count(wl028.deny) == 1 with input as workload.example({"image": {"reference": "nginx:latest", "tag": "latest", "digest": ""}})
}

test_quiet_1 if {
	count(wl028.deny) == 0 with input as workload.example({"image": {"reference": "nginx:1.29", "tag": "1.29", "digest": ""}})
}

test_quiet_2 if {
	count(wl028.deny) == 0 with input as workload.example({"image": {"reference": "nginx", "tag": "", "built": true, "digest": ""}})
}

test_quiet_3 if {
	count(wl028.deny) == 0 with input as workload.example({"image": {"reference": "nginx@sha256:1", "tag": "", "digest": "sha256:1"}})
}
