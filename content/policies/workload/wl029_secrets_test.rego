package policies.workload.wl029_test

import data.lib.workload
import data.policies.workload.wl029

test_environment if {
	count(wl029.deny) == 1 with input as workload.example({"env": [{"key": "DB_PASSWORD", "secret": true, "url_password": false, "line": 4}]})
}

test_url if {
	count(wl029.deny) == 1 with input as workload.example({"env": [{"key": "DB", "secret": false, "url_password": true, "line": 4}]})
}

test_label_and_command if {
	count(wl029.deny) == 2 with input as workload.example({"labels": [{"key": "token", "secret": true, "line": 4}], "command": [{"secret": true, "line": 5}]})
}

test_quiet if {
	count(wl029.deny) == 0 with input as workload.example({"env": [{"key": "DB_PASSWORD_FILE", "secret": false, "url_password": false, "line": 4}]})
}
