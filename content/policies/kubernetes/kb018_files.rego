# METADATA
# scope: package
# title: "Configuration file of the cluster"
# description: "The files of the kubelet, of encryption and of auditing decide what their programs do."
# custom:
#   id: KB018
#   severity: medium
#   message: "{what}"
#   fix: "Set the key as the CIS Kubernetes Benchmark has it."
#   kinds:
#     anonymous: [anonymous_auth_is_not_set_to_false]
#     authorization: [authorization_mode_set_to_always_allow]
#     port: [kubelet_read_only_port_is_not_set_to_zero]
#     rotate: [kubelet_client_periodic_certificate_switch_disabled]
#     server: [rotate_kubelet_server_certificate_not_active]
#     kernel: [kubelet_protect_kernel_defaults_set_to_false]
#     iptables: [kubelet_not_managing_ip_tables]
#     stream: [kubelet_streaming_connection_timeout_disabled]
#     cert: [tls_connection_certificate_not_setup]
#     key: [tls_connection_certificate_not_setup]
#     qps: [kubelet_event_qps_not_properly_set]
#     ca: [client_certificate_authentication_not_setup_properly]
#     ciphers: [weak_tls_cipher_suites]
#     encryption: [encryption_provider_not_properly_configured]
#     audit: [audit_policy_not_cover_key_security_concerns]
#   ja:
#     title: "クラスターの設定ファイル"
#     description: "kubelet、暗号化、監査の設定ファイルが各プログラムの動作を決めます。"
#     message: "{what}"
#     fix: "CIS Kubernetes Benchmark に従って設定してください。"
package policies.kubernetes.kb018

import data.lib.kubernetes
import data.lib.value as values

kubelet contains {"object": o, "v": o.value} if {
	some o in input.objects
	o.value.kind == "KubeletConfiguration"
}

path(v, keys, default_value) := values.get(v, keys, default_value)

rows := [
	{"kind": "anonymous", "keys": ["authentication", "anonymous", "enabled"], "default": false, "wrong": {true}},
	{"kind": "authorization", "keys": ["authorization", "mode"], "default": "Webhook", "wrong": {"AlwaysAllow"}},
	{"kind": "port", "keys": ["readOnlyPort"], "default": 0, "wrong": set()},
	{"kind": "rotate", "keys": ["rotateCertificates"], "default": false, "wrong": {false}},
	{"kind": "server", "keys": ["featureGates", "RotateKubeletServerCertificate"], "default": true, "wrong": {false}},
	{"kind": "kernel", "keys": ["protectKernelDefaults"], "default": false, "wrong": {false}},
	{"kind": "iptables", "keys": ["makeIPTablesUtilChains"], "default": true, "wrong": {false}},
	{"kind": "stream", "keys": ["streamingConnectionIdleTimeout"], "default": "4h", "wrong": {"0", "0s", 0}},
	{"kind": "cert", "keys": ["tlsCertFile"], "default": "", "wrong": {""}},
	{"kind": "key", "keys": ["tlsPrivateKeyFile"], "default": "", "wrong": {""}},
]

deny contains result if {
	some k in kubelet
	some row in rows
	path(k.v, row.keys, row["default"]) in row.wrong
	result := object.union(kubernetes.result(k.object, row.keys[0], {"what": sprintf("kubelet: %s is %v", [concat(".", row.keys), path(k.v, row.keys, row["default"])])}), {"kind": row.kind})
}

deny contains result if {
	some k in kubelet
	values.get(k.v, "readOnlyPort", 0) != 0
	result := object.union(kubernetes.result(k.object, "readOnlyPort", {"what": "kubelet: readOnlyPort is open"}), {"kind": "port"})
}

deny contains result if {
	some k in kubelet
	values.get(k.v, "eventRecordQPS", 5) != 0
	result := object.union(kubernetes.result(k.object, "eventRecordQPS", {"what": "kubelet: eventRecordQPS is not 0: events are lost"}), {"kind": "qps"})
}

deny contains result if {
	some k in kubelet
	not certificate(path(k.v, ["authentication", "x509", "clientCAFile"], ""))
	result := object.union(kubernetes.result(k.object, "authentication", {"what": "kubelet: authentication.x509.clientCAFile names no certificate"}), {"kind": "ca"})
}

deny contains result if {
	some k in kubelet
	some file in ["tlsCertFile", "tlsPrivateKeyFile"]
	text := values.text(k.v, file)
	text != ""
	not regex.match(`\.(pem|crt|key)$`, text)
	result := object.union(kubernetes.result(k.object, file, {"what": sprintf("kubelet: %s names no certificate or key", [file])}), {"kind": "cert"})
}

certificate(name) if {
	is_string(name)
	regex.match(`\.(pem|crt)$`, name)
}

weak(name) if regex.match(`RC4|3DES|_CBC_|NULL|EXPORT|MD5|_64_`, name)

deny contains result if {
	some k in kubelet
	some name in values.get(k.v, "tlsCipherSuites", [])
	is_string(name)
	weak(name)
	result := object.union(kubernetes.result(k.object, "tlsCipherSuites", {"what": sprintf("kubelet: weak cipher %s", [name])}), {"kind": "ciphers"})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "EncryptionConfiguration"
	some r in values.get(o.value, "resources", [])
	some name, _ in r.providers[0]
	name == "identity"
	result := object.union(kubernetes.result(o, "resources", {"what": sprintf("secrets are stored with the provider %s", [name])}), {"kind": "encryption"})
}

deny contains result if {
	some o in input.objects
	o.value.kind == "Policy"
	startswith(values.text(o.value, "apiVersion"), "audit.k8s.io/")
	some what in ["secrets", "configmaps", "tokenreviews", "pods", "deployments", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy"]
	not audited(o.value, what)
	result := object.union(kubernetes.result(o, "rules", {"what": sprintf("%s are not audited", [what])}), {"kind": "audit"})
}

audited(v, what) if {
	some rule in values.get(v, "rules", [])
	rule.level in {"Metadata", "Request", "RequestResponse"}
	some r in values.get(rule, "resources", [{"resources": [what]}])
	some name in values.get(r, "resources", [what])
	name in {what, "*"}
}
