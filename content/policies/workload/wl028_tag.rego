# METADATA
# scope: package
# title: "Image without a version"
# description: "What the tag latest means changes from one day to the next: what runs is not what was tested, and nobody can go back."
# custom:
#   id: WL028
#   severity: medium
#   message: "the image {image} has no version"
#   fix: "Name a version, best with the digest: nginx:1.29@sha256:..."
#   aliases: [CIS 5.28, CL-0004, KSV013, CKV_K8S_14, CKV_K8S_43, invalid_image]
#   ja:
#     title: "バージョン指定のないイメージ"
#     description: "latest タグの中身は日々変わります。テストしたものと違うものが動き、元にも戻せません。"
#     message: "イメージ {image} にバージョンが指定されていません"
#     fix: "バージョンを指定してください。nginx:1.29@sha256:... のようにダイジェストを付けるのが最善です。"
package policies.workload.wl028

import data.lib.workload

# Tags that mean another image tomorrow.
moving := {"", "latest", "stable", "edge", "nightly", "dev", "devel", "develop", "main", "master", "mainline", "canary", "rolling", "lts", "current", "release", "prod", "production"}

named(w) if {
	w.image.reference != ""
	w.image.digest == ""
	not w.image.built
	not w.image.open
}


deny contains result if {
	some w in input.workloads
	named(w)
	lower(w.image.tag) in moving
	result := workload.finding(w, "image", {"image": w.image.reference})
}
