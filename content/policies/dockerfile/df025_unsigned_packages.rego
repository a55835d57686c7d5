# METADATA
# title: Packages are installed without checking their signatures
# description: >-
#   The signature says that a package comes from the distribution. Without it, whoever is on the way, or
#   a mirror that was broken into, decides what is installed.
# custom:
#   id: DF025
#   severity: high
#   message: "{program} is told {option}"
#   fix: Remove the option, and add the key of the repository.
#   aliases: [CIS 4.12]
#   kinds:
#     untrusted: [CKV2_DOCKER_7]
#     unauthenticated: [CKV2_DOCKER_8]
#     gpgcheck: [CKV2_DOCKER_9]
#     rpm: [CKV2_DOCKER_10]
#     force: [CKV2_DOCKER_11]
#     ssl: [CKV2_DOCKER_15]
#   ja:
#     title: 署名を検証せずにパッケージをインストールします
#     description: 署名は、パッケージが配布元のものであることを示します。検証しなければ、経路上の者や侵入されたミラーが内容を決められます。
#     message: "{program} に {option} が指定されています"
#     fix: オプションを外し、リポジトリの鍵を追加してください。
package policies.dockerfile.df025

import data.lib.dockerfile as df

deny contains {"line": c.line, "kind": kind, "values": {"program": c.name, "option": word}} if {
	some i in df.runs
	some c in i.commands
	some word in c.argv
	some kind, form in options[c.name]
	regex.match(form, word)
}

rpm := {"rpm": `^--(nosignature|nodigest|noverify|nofiledigest|nogpg)$`}

rpm_manager := {"gpgcheck": `^--(nogpgcheck|no-gpgcheck|no-gpg-checks)$`, "ssl": `(?i)sslverify=["']?(0|false|no|off)`}

apt := {"unauthenticated": `(?i)^--allow-unauthenticated$|AllowUnauthenticated=["']?(true|1|yes)|AllowInsecureRepositories=["']?(true|1|yes)|^trusted=yes$`, "force": `^--force-yes$`}

options := {
	"apk": {"untrusted": `^--allow-untrusted$`},
	"apt-get": apt, "apt": apt, "aptitude": apt,
	"yum": rpm_manager, "dnf": rpm_manager, "microdnf": rpm_manager, "tdnf": rpm_manager, "yum-config-manager": rpm_manager,
	"zypper": {"gpgcheck": `^--(no-gpg-checks|gpg-auto-import-keys)$`},
	"rpm": rpm,
}
