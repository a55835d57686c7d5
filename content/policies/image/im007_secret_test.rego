package policies.image.im007_test

import data.policies.image.im007

variable(key, value, secret) := {"key": key, "value": value, "secret": secret, "url_password": false}

image := {"env": [], "labels": [], "steps": []}

test_env if im007.deny == {{"line": 0, "resource": "ENV DB_PASSWORD", "values": {"where": "ENV DB_PASSWORD"}}} with input as object.union(image, {"env": [variable("DB_PASSWORD", "", true)]})

test_token if count(im007.deny) == 1 with input as object.union(image, {"env": [variable("X", "AKIAABCDEFGHIJKLMNOP", false)]})

test_label if count(im007.deny) == 1 with input as object.union(image, {"labels": [variable("token", "", true)]})

test_argument if count(im007.deny) == 1 with input as object.union(image, {"steps": [{"number": 2, "command": "make", "variables": [variable("TOKEN", "", true)]}]})

test_command if count(im007.deny) == 1 with input as object.union(image, {"steps": [{"number": 2, "command": "curl --token=abcdef0123 https://example.com", "variables": []}]})

test_once if count(im007.deny) == 1 with input as object.union(image, {
	"env": [variable("DB_PASSWORD", "", true)],
	"steps": [{"number": 2, "command": "", "variables": [variable("DB_PASSWORD", "", true)]}],
})

test_good if count(im007.deny) == 0 with input as object.union(image, {
	"env": [variable("PATH", "/bin", false)],
	"steps": [{"number": 1, "command": "apt-get update && apt-get install -y curl", "variables": []}],
})
