# Package lib.kubernetes finds pods and containers in objects.
package lib.kubernetes

import data.lib.value as values

# template is the pod in an object.
template(v) := v if v.kind == "Pod"

template(v) := v.spec.template if v.kind in {
	"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job",
	"DeploymentConfig", "Rollout", "Configuration", "Revision",
}

template(v) := v.spec.jobTemplate.spec.template if v.kind == "CronJob"

# pods are the pods of all objects.
pods contains {"object": o, "pod": t} if {
	some o in input.objects
	t := template(o.value)
	is_object(t.spec)
}

# containers are the containers of all pods.
containers contains {"object": p.object, "pod": p.pod, "container": c} if {
	some p in pods
	some key in ["containers", "initContainers"]
	some c in p.pod.spec[key]
	is_object(c)
}

# result is a result about an object, or about a key of it.
result(o, key, named) := {
	"line": object.get(o.lines, key, o.line),
	"resource": o.name,
	"values": named,
}

# about is a result about a container.
about(c, named) := {
	"line": c.object.line,
	"resource": sprintf("%s/%s", [c.object.name, values.get(c.container, "name", "")]),
	"values": named,
}

# namespace is the namespace of an object, "default" when it names none.
namespace(v) := values.get(v, ["metadata", "namespace"], "default")

# labels of what pods carry.
labels(t) := values.get(t, ["metadata", "labels"], {})

# selects says that a selector of labels fits.
selects(selector, l) if {
	is_object(selector)
	count(selector) > 0
	every key, value in selector {
		l[key] == value
	}
}
