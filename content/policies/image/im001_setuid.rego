# METADATA
# scope: package
# title: "A program in the image gets more rights than who runs it"
# description: "A setuid or setgid program is a way to become its owner, whatever USER says. Base images bring some that no container needs: su, mount, passwd."
# custom:
#   id: IM001
#   severity: medium
#   message: "{path} has mode {mode}"
#   fix: "Remove the bits in the build: find / -xdev -perm /6000 -type f -exec chmod a-s {} +. And run containers with no-new-privileges."
#   aliases: [CIS 4.8, CIS-DI-0008]
#   ja:
#     title: "イメージ内のプログラムが実行者より多くの権限を得ます"
#     description: "setuid や setgid のプログラムは、USER の指定に関わらずその所有者になる手段です。ベースイメージには su、mount、passwd など、コンテナに不要なものが入っています。"
#     message: "{path} のモードは {mode} です"
#     fix: "ビルド時にビットを外してください: find / -xdev -perm /6000 -type f -exec chmod a-s {} + 。コンテナは no-new-privileges で実行してください。"
package policies.image.im001

deny contains {"line": 0, "resource": f.path, "values": {"path": f.path, "mode": f.mode}} if {
	some f in input.files
	f.class in {"setuid", "setgid"}
}
