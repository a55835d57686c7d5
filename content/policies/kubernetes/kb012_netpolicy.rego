# METADATA
# scope: package
# title: "Network of pods is not limited"
# description: "Without a policy of both directions every pod of the cluster reaches this one, and it reaches the Internet."
# custom:
#   id: KB012
#   severity: medium
#   message: "{what}"
#   fix: "Write a NetworkPolicy that selects the pods and names who may reach them and whom they may reach."
#   kinds:
#     pod: [pod_misconfigured_network_policy]
#     open: [KSV038]
#     selector: [KSV038]
#   ja:
#     title: "Pod のネットワークが制限されていない"
#     description: "双方向のポリシーがないと、クラスターのすべての Pod からこの Pod に到達でき、この Pod からインターネットにも到達できます。"
#     message: "{what}"
#     fix: "対象の Pod を選び、受信と送信の相手を列挙した NetworkPolicy を書いてください。"
package policies.kubernetes.kb012

import data.lib.kubernetes
import data.lib.value as values

policies contains {"namespace": kubernetes.namespace(o.value), "spec": o.value.spec} if {
	some o in input.objects
	o.value.kind == "NetworkPolicy"
	is_object(o.value.spec)
}

covers(policy, p) if {
	policy.namespace == kubernetes.namespace(p.object.value)
	selector := values.get(policy.spec, ["podSelector", "matchLabels"], {})
	every key, value in selector {
		kubernetes.labels(p.pod)[key] == value
	}
}

covered(p, direction) if {
	some policy in policies
	covers(policy, p)
	direction in values.get(policy.spec, "policyTypes", ["Ingress"])
}

covered(p, direction) if {
	some policy in policies
	covers(policy, p)
	policy.spec[lower(direction)]
}

deny contains result if {
	some p in kubernetes.pods
	count(policies) > 0
	some direction in ["Ingress", "Egress"]
	not covered(p, direction)
	result := object.union(kubernetes.result(p.object, "metadata", {"what": sprintf("no network policy of the file limits %s of the pod", [direction])}), {"kind": "pod"})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "NetworkPolicy"
	some direction in ["ingress", "egress"]
	some rule in values.get(o.value.spec, direction, [])
	some peer in array.concat([x | some x in values.get(rule, "from", [])], [x | some x in values.get(rule, "to", [])])
	peer.ipBlock.cidr in {"0.0.0.0/0", "::/0"}
	values.size(values.get(peer.ipBlock, "except", [])) == 0
	result := object.union(kubernetes.result(o, "spec", {"what": "the network policy allows every address"}), {"kind": "open"})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "NetworkPolicy"
	values.size(values.get(o.value.spec, ["podSelector", "matchLabels"], {})) == 0
	values.size(values.get(o.value.spec, ["podSelector", "matchExpressions"], [])) == 0
	result := object.union(kubernetes.result(o, "spec", {"what": "the network policy is for all pods of the namespace"}), {"kind": "selector", "severity": "low"})
}
