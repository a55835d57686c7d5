# METADATA
# scope: package
# title: "Image is not pinned by its digest"
# description: "A tag can be moved to another image by whoever may push to the repository. A digest cannot."
# custom:
#   id: WL035
#   severity: low
#   message: "the image {image} is not pinned by its digest"
#   fix: "Append the digest: docker image inspect shows it as RepoDigests."
#   aliases: [CL-0019, CKV_K8S_43]
#   ja:
#     title: "イメージがダイジェストで固定されていない"
#     description: "タグは、リポジトリーに push できる人なら別のイメージに付け替えられます。ダイジェストは付け替えられません。"
#     message: "イメージ {image} がダイジェストで固定されていません"
#     fix: "ダイジェストを付けてください。docker image inspect の RepoDigests で確認できます。"
package policies.workload.wl035

import data.lib.workload

deny contains result if {
	some w in input.workloads
	w.image.reference != ""
	w.image.digest == ""
	not w.image.built
	not w.image.open
	not w.image.tag in {"", "latest"}
	result := workload.finding(w, "image", {"image": w.image.reference})
}
