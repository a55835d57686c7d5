# METADATA
# scope: package
# title: "The image is old"
# description: "Packages in it have had no security fixes since it was built."
# custom:
#   id: IM004
#   severity: low
#   message: "built on {created}, {age} days ago; {limit} are allowed"
#   fix: "Build it again on a fresh base image, and regularly. How many days are allowed is image_days in the settings."
#   aliases: [CIS 4.4]
#   ja:
#     title: "イメージが古くなっています"
#     description: "中のパッケージは、ビルド以降のセキュリティ修正を受けていません。"
#     message: "{created} にビルドされ、{age} 日経っています (許容は {limit} 日)"
#     fix: "新しいベースイメージで再ビルドし、定期的に繰り返してください。許容日数は設定の image_days です。"
package policies.image.im004

deny contains {"line": 0, "values": {"created": input.created, "age": sprintf("%d", [input.age_days]), "limit": sprintf("%d", [limit])}} if {
	input.age_days > limit
}

default limit := 90

limit := data.settings.image_days
