# METADATA
# scope: package
# title: "Component of the control plane started insecurely"
# description: "These options decide who may speak to the cluster and whether its traffic and secrets are protected."
# custom:
#   id: KB001
#   severity: medium
#   message: "{program} is started with {flag}: {state}"
#   fix: "Start the component with the option as the CIS Kubernetes Benchmark has it."
#   kinds:
#     anonymous: [KCV0001, CKV_K8S_68, anonymous_auth_is_not_set_to_false]
#     kubelet-anonymous: [KCV0079, CKV_K8S_138, anonymous_auth_is_not_set_to_false]
#     basic-auth: [CKV_K8S_69, basic_auth_file_is_set]
#     token-auth: [KCV0002, CKV_K8S_70, token_auth_file_is_set]
#     kubelet-https: [KCV0004, CKV_K8S_71, kubelet_https_set_to_false]
#     kubelet-client-cert: [KCV0005, CKV_K8S_72, kubelet_client_certificate_or_key_not_set]
#     kubelet-client-key: [KCV0005, CKV_K8S_72, kubelet_client_certificate_or_key_not_set]
#     kubelet-ca: [KCV0006, CKV_K8S_73, kubelet_certificate_authority_not_set]
#     always-allow: [KCV0007, KCV0080, CKV_K8S_74, CKV_K8S_139, authorization_mode_set_to_always_allow]
#     mode-node: [KCV0008, CKV_K8S_75, authorization_mode_node_not_set]
#     mode-rbac: [KCV0009, CKV_K8S_77, authorization_mode_rbac_not_set]
#     event-rate: [KCV0010, CKV_K8S_78, event_rate_limit_admission_control_plugin_not_set]
#     always-admit: [KCV0011, CKV_K8S_79, always_admit_admission_control_plugin_set]
#     always-pull: [KSV0012b, KCV0012, CKV_K8S_80, always_pull_images_admission_control_plugin_not_set]
#     context-deny: [KCV0013, CKV_K8S_81, security_context_deny_admission_control_plugin_not_set]
#     service-account-off: [KCV0014, CKV_K8S_82, service_account_admission_control_plugin_disabled]
#     lifecycle-off: [KCV0015, namespace_lifecycle_admission_control_plugin_disabled]
#     lifecycle: [CKV_K8S_83]
#     pod-security: [CKV_K8S_84, pod_security_policy_admission_control_plugin_not_set]
#     node-restriction: [KCV0016, CKV_K8S_85, node_restriction_admission_control_plugin_not_set]
#     insecure-bind: [CKV_K8S_86, insecure_bind_address_set]
#     insecure-port: [CKV_K8S_88, insecure_port_not_properly_set]
#     secure-port: [KCV0017, CKV_K8S_89, secure_port_set_to_zero]
#     profiling: [KCV0018, CKV_K8S_90, profiling_not_set_to_false]
#     profiling-manager: [KCV0034, CKV_K8S_107, profiling_not_set_to_false]
#     profiling-scheduler: [KCV0040, CKV_K8S_114, profiling_not_set_to_false]
#     audit-path: [KCV0019, CKV_K8S_91, audit_log_path_not_set]
#     audit-policy: [audit_policy_file_not_defined]
#     audit-age: [KCV0020, CKV_K8S_92, audit_log_maxage_not_properly_set]
#     audit-backup: [KCV0021, CKV_K8S_93, audit_log_maxbackup_not_properly_set]
#     audit-size: [KCV0022, CKV_K8S_94, audit_log_maxsize_not_properly_set]
#     request-timeout: [CKV_K8S_95, request_timeout_not_properly_set]
#     account-lookup: [KCV0024, CKV_K8S_96, service_account_lookup_set_to_false]
#     account-key: [KCV0025, CKV_K8S_97, service_account_key_file_not_properly_set, service_account_key_file_not_defined]
#     etcd-cert: [KCV0026, CKV_K8S_99, etcd_tls_certificate_not_properly_configured]
#     etcd-key: [KCV0026, CKV_K8S_99, etcd_tls_certificate_not_properly_configured]
#     tls-cert: [KCV0027, CKV_K8S_100, tls_connection_certificate_not_setup]
#     tls-key: [KCV0027, CKV_K8S_100, tls_connection_certificate_not_setup]
#     client-ca: [KCV0028, client_certificate_authentication_not_setup_properly]
#     etcd-ca: [KCV0029, CKV_K8S_102, etcd_client_certificate_file_not_defined]
#     encryption: [KCV0030, CKV_K8S_104, encryption_provider_config_is_not_defined]
#     ciphers: [CKV_K8S_105, weak_tls_cipher_suites]
#     kubelet-ciphers: [KCV0092, CKV_K8S_151, weak_tls_cipher_suites]
#     gc-threshold: [KCV0033, CKV_K8S_106, terminated_pod_garbage_collector_threshold_not_properly_set]
#     gc-high: [terminated_pod_garbage_collector_threshold_not_properly_set]
#     account-credentials: [KCV0135, CKV_K8S_108, use_service_account_credentials_not_set_to_true]
#     account-private-key: [KCV0036, CKV_K8S_110, service_account_private_key_file_not_defined]
#     root-ca: [KCV0037, CKV_K8S_111, root_ca_file_not_defined]
#     rotate-server: [KCV0038, KCV0091, CKV_K8S_112, CKV_K8S_150, rotate_kubelet_server_certificate_not_active]
#     bind-manager: [CKV_K8S_113, bind_address_not_properly_set]
#     bind-scheduler: [KCV0039, CKV_K8S_115, bind_address_not_properly_set]
#     server-cert: [KCV0042, CKV_K8S_116, etcd_tls_certificate_files_not_properly_set]
#     server-key: [KCV0042, CKV_K8S_116, etcd_tls_certificate_files_not_properly_set]
#     client-auth: [KCV0043, CKV_K8S_117, etcd_client_certificate_authentication_set_to_false]
#     auto-tls: [KCV0044, CKV_K8S_118, auto_tls_set_to_true]
#     peer-cert: [KCV0045, CKV_K8S_119, etcd_peer_tls_certificate_files_not_properly_set]
#     peer-key: [KCV0045, CKV_K8S_119, etcd_peer_tls_certificate_files_not_properly_set]
#     peer-client-auth: [KCV0046, CKV_K8S_121, etcd_peer_client_certificate_authentication_set_to_false]
#     peer-auto-tls: [KCV0047, peer_auto_tls_set_to_true]
#     kubelet-ca-file: [KCV0081, CKV_K8S_140, client_certificate_authentication_not_setup_properly]
#     read-only-port: [KCV0082, CKV_K8S_141, kubelet_read_only_port_is_not_set_to_zero]
#     streaming: [KCV0085, CKV_K8S_143, kubelet_streaming_connection_timeout_disabled]
#     kernel-defaults: [KCV0083, CKV_K8S_144, kubelet_protect_kernel_defaults_set_to_false]
#     iptables: [KCV0084, CKV_K8S_145, kubelet_not_managing_ip_tables]
#     hostname: [KCV0086, CKV_K8S_146, kubelet_hostname_override_is_set]
#     event-qps: [KCV0087, CKV_K8S_147, kubelet_event_qps_not_properly_set]
#     kubelet-tls-cert: [KCV0088, CKV_K8S_148, tls_connection_certificate_not_setup]
#     kubelet-tls-key: [KCV0089, CKV_K8S_148, tls_connection_certificate_not_setup]
#     rotate: [KCV0090, CKV_K8S_149, kubelet_client_periodic_certificate_switch_disabled]
#   ja:
#     title: "コントロールプレーンのコンポーネントの安全でない起動"
#     description: "これらのオプションは、クラスターに接続できる人や、通信とシークレットの保護を決めます。"
#     message: "{program} の起動オプション {flag}: {state}"
#     fix: "CIS Kubernetes Benchmark に従ったオプションで起動してください。"
package policies.kubernetes.kb001

import data.lib.kubernetes
import data.lib.value as values

# rows say which option of which program is wrong when.
rows := [
	{"kind": "anonymous", "programs": {"kube-apiserver"}, "flag": "anonymous-auth", "op": "not", "want": "false"},
	{"kind": "kubelet-anonymous", "programs": {"kubelet"}, "flag": "anonymous-auth", "op": "not", "want": "false"},
	{"kind": "basic-auth", "programs": {"kube-apiserver"}, "flag": "basic-auth-file", "op": "present", "want": ""},
	{"kind": "token-auth", "programs": {"kube-apiserver"}, "flag": "token-auth-file", "op": "present", "want": ""},
	{"kind": "kubelet-https", "programs": {"kube-apiserver"}, "flag": "kubelet-https", "op": "is", "want": "false"},
	{"kind": "kubelet-client-cert", "programs": {"kube-apiserver"}, "flag": "kubelet-client-certificate", "op": "absent", "want": ""},
	{"kind": "kubelet-client-key", "programs": {"kube-apiserver"}, "flag": "kubelet-client-key", "op": "absent", "want": ""},
	{"kind": "kubelet-ca", "programs": {"kube-apiserver"}, "flag": "kubelet-certificate-authority", "op": "file", "want": ""},
	{"kind": "always-allow", "programs": {"kube-apiserver", "kubelet"}, "flag": "authorization-mode", "op": "has", "want": "AlwaysAllow"},
	{"kind": "mode-node", "programs": {"kube-apiserver"}, "flag": "authorization-mode", "op": "lacks", "want": "Node"},
	{"kind": "mode-rbac", "programs": {"kube-apiserver"}, "flag": "authorization-mode", "op": "lacks", "want": "RBAC"},
	{"kind": "event-rate", "programs": {"kube-apiserver"}, "flag": "enable-admission-plugins", "op": "lacks", "want": "EventRateLimit"},
	{"kind": "always-admit", "programs": {"kube-apiserver"}, "flag": "enable-admission-plugins", "op": "has", "want": "AlwaysAdmit"},
	{"kind": "always-pull", "programs": {"kube-apiserver"}, "flag": "enable-admission-plugins", "op": "lacks", "want": "AlwaysPullImages"},
	{"kind": "context-deny", "programs": {"kube-apiserver"}, "flag": "enable-admission-plugins", "op": "lacks-both", "want": "SecurityContextDeny"},
	{"kind": "service-account-off", "programs": {"kube-apiserver"}, "flag": "disable-admission-plugins", "op": "has", "want": "ServiceAccount"},
	{"kind": "lifecycle-off", "programs": {"kube-apiserver"}, "flag": "disable-admission-plugins", "op": "has", "want": "NamespaceLifecycle"},
	{"kind": "lifecycle", "programs": {"kube-apiserver"}, "flag": "enable-admission-plugins", "op": "lacks", "want": "NamespaceLifecycle"},
	{"kind": "pod-security", "programs": {"kube-apiserver"}, "flag": "enable-admission-plugins", "op": "lacks", "want": "PodSecurityPolicy"},
	{"kind": "node-restriction", "programs": {"kube-apiserver"}, "flag": "enable-admission-plugins", "op": "lacks", "want": "NodeRestriction"},
	{"kind": "insecure-bind", "programs": {"kube-apiserver"}, "flag": "insecure-bind-address", "op": "present", "want": ""},
	{"kind": "insecure-port", "programs": {"kube-apiserver"}, "flag": "insecure-port", "op": "not", "want": "0"},
	{"kind": "secure-port", "programs": {"kube-apiserver"}, "flag": "secure-port", "op": "is", "want": "0"},
	{"kind": "profiling", "programs": {"kube-apiserver"}, "flag": "profiling", "op": "not", "want": "false"},
	{"kind": "profiling-manager", "programs": {"kube-controller-manager"}, "flag": "profiling", "op": "not", "want": "false"},
	{"kind": "profiling-scheduler", "programs": {"kube-scheduler"}, "flag": "profiling", "op": "not", "want": "false"},
	{"kind": "audit-path", "programs": {"kube-apiserver"}, "flag": "audit-log-path", "op": "absent", "want": ""},
	{"kind": "audit-policy", "programs": {"kube-apiserver"}, "flag": "audit-policy-file", "op": "absent", "want": ""},
	{"kind": "audit-age", "programs": {"kube-apiserver"}, "flag": "audit-log-maxage", "op": "less", "want": "30"},
	{"kind": "audit-backup", "programs": {"kube-apiserver"}, "flag": "audit-log-maxbackup", "op": "less", "want": "10"},
	{"kind": "audit-size", "programs": {"kube-apiserver"}, "flag": "audit-log-maxsize", "op": "less", "want": "100"},
	{"kind": "request-timeout", "programs": {"kube-apiserver"}, "flag": "request-timeout", "op": "timeout", "want": "300"},
	{"kind": "account-lookup", "programs": {"kube-apiserver"}, "flag": "service-account-lookup", "op": "not", "want": "true"},
	{"kind": "account-key", "programs": {"kube-apiserver"}, "flag": "service-account-key-file", "op": "file", "want": ""},
	{"kind": "etcd-cert", "programs": {"kube-apiserver"}, "flag": "etcd-certfile", "op": "absent", "want": ""},
	{"kind": "etcd-key", "programs": {"kube-apiserver"}, "flag": "etcd-keyfile", "op": "absent", "want": ""},
	{"kind": "tls-cert", "programs": {"kube-apiserver"}, "flag": "tls-cert-file", "op": "absent", "want": ""},
	{"kind": "tls-key", "programs": {"kube-apiserver"}, "flag": "tls-private-key-file", "op": "absent", "want": ""},
	{"kind": "client-ca", "programs": {"kube-apiserver"}, "flag": "client-ca-file", "op": "file", "want": ""},
	{"kind": "etcd-ca", "programs": {"kube-apiserver"}, "flag": "etcd-cafile", "op": "file", "want": ""},
	{"kind": "encryption", "programs": {"kube-apiserver"}, "flag": "encryption-provider-config", "op": "absent", "want": ""},
	{"kind": "ciphers", "programs": {"kube-apiserver"}, "flag": "tls-cipher-suites", "op": "ciphers", "want": ""},
	{"kind": "kubelet-ciphers", "programs": {"kubelet"}, "flag": "tls-cipher-suites", "op": "ciphers", "want": ""},
	{"kind": "gc-threshold", "programs": {"kube-controller-manager"}, "flag": "terminated-pod-gc-threshold", "op": "less", "want": "1"},
	{"kind": "gc-high", "programs": {"kube-controller-manager"}, "flag": "terminated-pod-gc-threshold", "op": "more", "want": "12500"},
	{"kind": "account-credentials", "programs": {"kube-controller-manager"}, "flag": "use-service-account-credentials", "op": "not", "want": "true"},
	{"kind": "account-private-key", "programs": {"kube-controller-manager"}, "flag": "service-account-private-key-file", "op": "badfile", "want": ""},
	{"kind": "root-ca", "programs": {"kube-controller-manager"}, "flag": "root-ca-file", "op": "badfile", "want": ""},
	{"kind": "rotate-server", "programs": {"kube-controller-manager", "kubelet"}, "flag": "feature-gates", "op": "has", "want": "RotateKubeletServerCertificate=false"},
	{"kind": "bind-manager", "programs": {"kube-controller-manager"}, "flag": "bind-address", "op": "not", "want": "127.0.0.1"},
	{"kind": "bind-scheduler", "programs": {"kube-scheduler"}, "flag": "bind-address", "op": "not", "want": "127.0.0.1"},
	{"kind": "server-cert", "programs": {"etcd"}, "flag": "cert-file", "op": "absent", "want": ""},
	{"kind": "server-key", "programs": {"etcd"}, "flag": "key-file", "op": "absent", "want": ""},
	{"kind": "client-auth", "programs": {"etcd"}, "flag": "client-cert-auth", "op": "not", "want": "true"},
	{"kind": "auto-tls", "programs": {"etcd"}, "flag": "auto-tls", "op": "is", "want": "true"},
	{"kind": "peer-cert", "programs": {"etcd"}, "flag": "peer-cert-file", "op": "absent", "want": ""},
	{"kind": "peer-key", "programs": {"etcd"}, "flag": "peer-key-file", "op": "absent", "want": ""},
	{"kind": "peer-client-auth", "programs": {"etcd"}, "flag": "peer-client-cert-auth", "op": "not", "want": "true"},
	{"kind": "peer-auto-tls", "programs": {"etcd"}, "flag": "peer-auto-tls", "op": "is", "want": "true"},
	{"kind": "kubelet-ca-file", "programs": {"kubelet"}, "flag": "client-ca-file", "op": "file", "want": ""},
	{"kind": "read-only-port", "programs": {"kubelet"}, "flag": "read-only-port", "op": "not", "want": "0"},
	{"kind": "streaming", "programs": {"kubelet"}, "flag": "streaming-connection-idle-timeout", "op": "starts", "want": "0"},
	{"kind": "kernel-defaults", "programs": {"kubelet"}, "flag": "protect-kernel-defaults", "op": "is", "want": "false"},
	{"kind": "iptables", "programs": {"kubelet"}, "flag": "make-iptables-util-chains", "op": "is", "want": "false"},
	{"kind": "hostname", "programs": {"kubelet"}, "flag": "hostname-override", "op": "present", "want": ""},
	{"kind": "event-qps", "programs": {"kubelet"}, "flag": "event-qps", "op": "more", "want": "0"},
	{"kind": "kubelet-tls-cert", "programs": {"kubelet"}, "flag": "tls-cert-file", "op": "absent", "want": ""},
	{"kind": "kubelet-tls-key", "programs": {"kubelet"}, "flag": "tls-private-key-file", "op": "absent", "want": ""},
	{"kind": "rotate", "programs": {"kubelet"}, "flag": "rotate-certificates", "op": "is", "want": "false"},
]

programs := {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "etcd"}

# words are what a container starts.
words(c) := array.concat(
	[trim_space(w) | some w in values.get(c, "command", []); is_string(w)],
	[trim_space(w) | some w in values.get(c, "args", []); is_string(w)],
)

# started are the programs of the control plane that are started, with their options.
started contains {"about": c, "program": program, "words": list} if {
	some c in kubernetes.containers
	list := words(c.container)
	some word in list
	some program in programs
	name := regex.replace(split(word, " ")[0], `^.*/`, "")
	name == program
}

# etcd names itself by its image when it is started by an entrypoint.
started contains {"about": c, "program": "etcd", "words": list} if {
	some c in kubernetes.containers
	list := words(c.container)
	regex.match(`/etcd(:|@|-amd64|$)`, values.text(c.container, "image"))
	not starts(list)
}

starts(list) if {
	some word in list
	some program in programs
	regex.replace(split(word, " ")[0], `^.*/`, "") == program
}

# value is the text of an option.
value(list, flag) := text if {
	found := [trim_prefix(trim_prefix(word, sprintf("--%s", [flag])), "=") |
		some word in list
		given(word, flag)
	]
	text := found[count(found) - 1]
}

given(word, flag) if word == sprintf("--%s", [flag])

given(word, flag) if startswith(word, sprintf("--%s=", [flag]))

set(list, flag) if {
	_ := value(list, flag)
}

parts(list, flag) := {trim_space(p) | some p in split(value(list, flag), ",")}

strong := {
	"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
	"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	"TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_GCM_SHA256",
}

wrong(row, list) := "missing" if {
	row.op in {"absent", "file", "less", "ciphers", "lacks"}
	not set(list, row.flag)
}

wrong(row, list) := sprintf("want %s", [row.want]) if {
	row.op == "not"
	not is(list, row)
}

is(list, row) if value(list, row.flag) == row.want

wrong(row, list) := "must not be set" if {
	row.op == "present"
	set(list, row.flag)
}

wrong(row, list) := sprintf("must not be %s", [row.want]) if {
	row.op == "is"
	value(list, row.flag) == row.want
}

wrong(row, list) := sprintf("must not be %s", [row.want]) if {
	row.op == "starts"
	regex.match(`^0[a-z]*$`, value(list, row.flag))
}

wrong(row, list) := sprintf("%s must not be in it", [row.want]) if {
	row.op == "has"
	row.want in parts(list, row.flag)
}

wrong(row, list) := sprintf("%s is not in it", [row.want]) if {
	row.op == "lacks"
	set(list, row.flag)
	not row.want in parts(list, row.flag)
}

wrong(row, list) := sprintf("neither PodSecurityPolicy nor %s is in it", [row.want]) if {
	row.op == "lacks-both"
	not row.want in parts(list, row.flag)
	not "PodSecurityPolicy" in parts(list, row.flag)
}

wrong(row, list) := "no certificate or key" if {
	row.op in {"file", "badfile"}
	set(list, row.flag)
	not regex.match(`\.(pem|crt|cert|key|pub)$`, value(list, row.flag))
}

wrong(row, list) := sprintf("less than %s", [row.want]) if {
	row.op == "less"
	to_number(value(list, row.flag)) < to_number(row.want)
}

wrong(row, list) := sprintf("more than %s", [row.want]) if {
	row.op == "more"
	to_number(value(list, row.flag)) > to_number(row.want)
}

wrong(row, list) := "weak ciphers" if {
	row.op == "ciphers"
	count(parts(list, row.flag) - strong) > 0
}

wrong(row, list) := "longer than five minutes" if {
	row.op == "timeout"
	ns := time.parse_duration_ns(value(list, row.flag))
	ns > 300000000000
}

deny contains result if {
	some s in started
	some row in rows
	s.program in row.programs
	state := wrong(row, s.words)
	result := object.union(
		kubernetes.about(s.about, {"program": s.program, "flag": sprintf("--%s", [row.flag]), "state": state}),
		{"kind": row.kind},
	)
}
