# METADATA
# scope: package
# title: "Administration tool in the cluster"
# description: "Tiller and the old dashboard act with all rights for whoever reaches them."
# custom:
#   id: KB014
#   severity: high
#   message: "{what}"
#   fix: "Remove it; Helm 3 needs no Tiller, and the dashboard belongs behind a login."
#   kinds:
#     tiller: [KSV102, CKV_K8S_34, tiller_is_deployed]
#     named: [KSV102]
#     reached: [CKV_K8S_45, tiller_deployment_is_accessible_from_within_the_cluster]
#     service: [CKV_K8S_44, tiller_service_is_not_deleted]
#     dashboard: [CKV_K8S_33, dashboard_is_enabled]
#     gitsync: [CKV_K8S_159]
#   ja:
#     title: "クラスター内の管理ツール"
#     description: "Tiller や古いダッシュボードは、到達できた人のためにすべての権限で動作します。"
#     message: "{what}"
#     fix: "削除してください。Helm 3 に Tiller は不要で、ダッシュボードはログインの後ろに置くべきです。"
package policies.kubernetes.kb014

import data.lib.kubernetes
import data.lib.value as values

image(c) := values.text(c.container, "image")

tiller(c) if contains(image(c), "tiller")

tiller(c) if "tiller" in {x | some x in kubernetes.labels(c.object.value)}

# named says that a pod, or what makes it, has the name or a label of Tiller.
named(c) if {
	some about in [c.object.value, c.pod]
	regex.match(`(^|[-.])tiller([-.]|$)`, values.text(values.get(about, "metadata", {}), "name"))
}

named(c) if {
	some about in [c.object.value, c.pod]
	values.get(about, ["metadata", "labels", "name"], "") == "tiller"
}

deny contains result if {
	some c in kubernetes.containers
	tiller(c)
	result := object.union(kubernetes.about(c, {"what": "Tiller is deployed"}), {"kind": "tiller"})
}

deny contains result if {
	some c in kubernetes.containers
	named(c)
	not tiller(c)
	result := object.union(kubernetes.about(c, {"what": "by its name or label this is Tiller"}), {"kind": "named"})
}

deny contains result if {
	some c in kubernetes.containers
	tiller(c)
	not local(c.container)
	result := object.union(kubernetes.about(c, {"what": "Tiller is reached from within the cluster"}), {"kind": "reached"})
}

local(c) if {
	some key in ["args", "command"]
	some arg in values.get(c, key, [])
	is_string(arg)
	regex.match(`--?listen=?(localhost|127\.0\.0\.1)`, arg)
}

deny contains result if {
	some o in input.objects
	o.value.kind == "Service"
	some key in ["name", "app"]
	"tiller" in {values.get(o.value.metadata, "name", ""), values.get(kubernetes.labels(o.value), key, ""), values.get(o.value.spec, ["selector", key], "")}
	result := object.union(kubernetes.result(o, "spec", {"what": "a service of Tiller"}), {"kind": "service"})
}

deny contains result if {
	some c in kubernetes.containers
	dashboard(c)
	result := object.union(kubernetes.about(c, {"what": "the dashboard is deployed"}), {"kind": "dashboard"})
}

dashboard(c) if contains(image(c), "kubernetes-dashboard")

dashboard(c) if contains(image(c), "kubernetesui/dashboard")

dashboard(c) if {
	some key in ["app", "k8s-app"]
	kubernetes.labels(c.pod)[key] == "kubernetes-dashboard"
}

dashboard(c) if {
	some key in ["app", "k8s-app"]
	kubernetes.labels(c.object.value)[key] == "kubernetes-dashboard"
}

deny contains result if {
	some c in kubernetes.containers
	regex.match(`git-sync`, image(c))
	result := object.union(kubernetes.about(c, {"what": "git-sync runs hooks of a repository"}), {"kind": "gitsync", "severity": "low"})
}
