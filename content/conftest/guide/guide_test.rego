package guide_test

import rego.v1

import data.compose.security as compose
import data.docker.security as docker

bad_container := {"Name": "/x", "Config": {"User": "0:0"}, "HostConfig": {"Privileged": true, "Memory": 0, "CpuShares": 0, "CapDrop": null}}

good_container := {"Name": "/x", "Config": {"User": "1000"}, "HostConfig": {"ReadonlyRootfs": true, "Memory": 1000000, "NanoCpus": 500000000, "CapDrop": ["ALL"], "CapAdd": ["CAP_CHOWN"]}}

test_docker_bad if count(docker.deny) == 6 with input as bad_container

test_docker_good if count(docker.deny) == 0 with input as good_container

test_docker_is_no_dockerfile if count(docker.deny) == 0 with input as [{"Cmd": "from"}]

test_docker_dropped_by_name if count(docker.deny) == 5 with input as object.union(bad_container, {"HostConfig": {"CapDrop": [concat("", ["CAP_", c]) | some c in docker.by_default]}})

test_compose_bad if {
	count(compose.deny) == 8 with input as {"services": {
		"a": {
			"network_mode": "host", "pid": "host", "privileged": true,
			"volumes": ["/:/host", "/var/run/docker.sock:/var/run/docker.sock:ro", {"type": "bind", "source": "/etc", "target": "/x"}],
			"environment": {"DB_PASSWORD": "hunter2"},
		},
		"b": {"environment": ["API_SECRET=abc"]},
	}}
}

test_compose_good if {
	input_ := {"services": {"a": {
		"volumes": ["data:/data", "./x:/y:ro", "/etc/localtime:/etc/localtime:ro"],
		"environment": {"DB_PASSWORD_FILE": "/run/secrets/db", "TOKEN": "${TOKEN}", "API_KEY": "${API_KEY:?set it}"},
		"network_mode": "bridge",
	}}}
	count(compose.deny) == 0 with input as input_
	count(compose.warn) == 1 with input as input_
}

test_rolling_is_not_read_only if count(compose.deny) == 1 with input as {"services": {"a": {"volumes": ["/:/rolling"]}}}
