# METADATA
# title: The platform of the base image is fixed
# description: >-
#   The image is then built for one kind of machine only, whatever the build asks for.
# custom:
#   id: DF049
#   severity: low
#   message: "FROM --platform={platform}"
#   fix: Use $BUILDPLATFORM or $TARGETPLATFORM, or leave it out.
#   aliases: [DL3029, using_platform_with_from]
#   ja:
#     title: ベースイメージのプラットフォームが固定されています
#     description: ビルドの指定に関わらず、1 種類のマシン向けにしかビルドされません。
#     message: "FROM --platform={platform}"
#     fix: $BUILDPLATFORM や $TARGETPLATFORM を使うか、省いてください。
package policies.dockerfile.df049

deny contains {"line": s.line, "values": {"platform": s.platform}} if {
	some s in input.stages
	s.platform != ""
	not contains(s.platform, "$")
}
