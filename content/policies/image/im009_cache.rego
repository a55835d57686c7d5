# METADATA
# scope: package
# title: "Package managers left their caches"
# description: "They make the image larger, and are old as soon as it is used."
# custom:
#   id: IM009
#   severity: low
#   message: "{folder} holds {size} kB in layer {layer}"
#   fix: "Remove them in the RUN that fills them, or mount a cache there: RUN --mount=type=cache."
#   aliases: []
#   kinds: {apt: [DKL-DI-0005], apk: [DKL-DI-0004], rpm: [], pip: [], npm: []}
#   ja:
#     title: "パッケージマネージャーのキャッシュが残っています"
#     description: "イメージが大きくなり、使う頃には古くなっています。"
#     message: "レイヤー {layer} の {folder} に {size} kB あります"
#     fix: "キャッシュを作る RUN の中で削除するか、RUN --mount=type=cache でマウントしてください。"
package policies.image.im009

deny contains {"line": 0, "resource": c.folder, "kind": c.kind, "values": {"folder": c.folder, "size": sprintf("%d", [round(c.bytes / 1024)]), "layer": sprintf("%d", [c.layer])}} if {
	some c in input.caches
	c.bytes >= 65536 # a lock, or a list of lists, is none
}
