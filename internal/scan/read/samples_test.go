package read_test

// sample is a small report in each format, written for these tests, and what stands
// in it: kind, id, where, severity.
type sample struct {
	format, text string
	want         []string
}

func samples() []sample {
	return []sample{
		{
			"trivy", `{"SchemaVersion":2,"ArtifactName":"shop:1","ArtifactType":"container_image","Results":[
			{"Vulnerabilities":[{"VulnerabilityID":"CVE-2024-0001","PkgName":"openssl","InstalledVersion":"1.1.1","FixedVersion":"1.1.2, 3.0","Severity":"HIGH","SeveritySource":"debian",
			  "VendorSeverity":{"debian":3,"nvd":4},"CVSS":{"nvd":{"V3Score":9.8,"V3Vector":"CVSS:3.1/AV:N"}},"PkgIdentifier":{"PURL":"pkg:deb/debian/openssl@1.1.1?arch=amd64"}}],
			 "Misconfigurations":[{"ID":"DS002","AVDID":"AVD-DS-0002","Title":"root","Severity":"HIGH","Status":"FAIL","CauseMetadata":{"StartLine":3}},{"ID":"DS001","Status":"PASS"}],
			 "Secrets":[{"RuleID":"aws-access-key-id","Severity":"CRITICAL","Title":"AWS Access Key ID","StartLine":7}],"Target":"shop:1 (debian 12)","Class":"os-pkgs","Type":"debian"}]}`,
			[]string{"vulnerability CVE-2024-0001 openssl high", "misconfiguration DS002 shop:1 (debian 12) high", "secret aws-access-key-id shop:1 (debian 12) critical"},
		},
		{"trivy", `[{"Target":"a","Type":"npm","Vulnerabilities":[{"VulnerabilityID":"CVE-2024-0002","PkgName":"lodash","Severity":"LOW"}]}]`, []string{"vulnerability CVE-2024-0002 lodash low"}},
		{
			"trivy", `{"ClusterName":"c","Resources":[{"Namespace":"default","Kind":"Pod","Name":"web","Results":[{"Target":"Pod/web","Class":"config","Misconfigurations":[{"ID":"KSV001","Title":"t","Severity":"MEDIUM","Status":"FAIL"}]}]}]}`,
			[]string{"misconfiguration KSV001 Pod/web medium"},
		},
		{
			"trivy_operator", `{"items":[{"apiVersion":"aquasecurity.github.io/v1alpha1","kind":"VulnerabilityReport","report":{"artifact":{"repository":"nginx","tag":"1"},"vulnerabilities":[{"vulnerabilityID":"CVE-2024-0003","resource":"curl","severity":"HIGH"}]}}]}`,
			[]string{"vulnerability CVE-2024-0003 curl high"},
		},
		{
			"grype", `{"matches":[{"vulnerability":{"id":"GHSA-aaaa-bbbb-cccc","namespace":"github:language:python","severity":"Medium","fix":{"versions":["2.0"],"state":"fixed"},"epss":[{"cve":"CVE-2024-0004","epss":0.5,"percentile":0.9}],"knownExploited":[{"dateAdded":"2024-01-01"}]},
			"relatedVulnerabilities":[{"id":"CVE-2024-0004","namespace":"nvd:cpe","severity":"High"}],"artifact":{"name":"Django","version":"1.0","type":"python","purl":"pkg:pypi/Django@1.0"}}],"descriptor":{"name":"grype"}}`,
			[]string{"vulnerability GHSA-aaaa-bbbb-cccc django medium"},
		},
		{"sarif", `{"version":"2.1.0","runs":[{"results":[{"ruleId":"r1","level":"error","message":{"text":"bad {0}","arguments":["thing"]},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a%20b.go"},"region":{"startLine":4}}}]},{"ruleId":"r1","kind":"pass"}],
			"tool":{"driver":{"name":"x","rules":[{"id":"r1","shortDescription":{"text":"t"}}]}}}]}`, []string{"code r1 src/a b.go high"}},
		{
			"sarif", `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"grype"}},"results":[{"ruleId":"CVE-2024-0005-zlib","level":"warning","message":{"text":"A medium vulnerability in deb package: zlib, version 1.2 was found at: /x"}}]}]}`,
			[]string{"vulnerability CVE-2024-0005 zlib medium"},
		},
		{
			"cyclonedx", `{"bomFormat":"CycloneDX","vulnerabilities":[{"id":"CVE-2024-0006","source":{"name":"nvd"},"ratings":[{"source":{"name":"nvd"},"score":7.5,"severity":"high","method":"CVSSv3"}],"affects":[{"ref":"a"}]}],"components":[{"bom-ref":"a","name":"left-pad","purl":"pkg:npm/left-pad@1.0"}]}`,
			[]string{"vulnerability CVE-2024-0006 left-pad high"},
		},
		{
			"cyclonedx", `<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components><component bom-ref="b"><name>x</name><purl>pkg:gem/x@1</purl></component></components><vulnerabilities><vulnerability><id>CVE-2024-0007</id><ratings><rating><severity>low</severity></rating></ratings><affects><target><ref>b</ref></target></affects></vulnerability></vulnerabilities></bom>`,
			[]string{"vulnerability CVE-2024-0007 x low"},
		},
		{
			"openvex", `{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{"name":"CVE-2024-0008"},"products":[{"@id":"pkg:npm/a@1"}],"status":"affected"},{"vulnerability":"CVE-2024-0009","products":["pkg:npm/b@1"],"status":"not_affected"}]}`,
			[]string{"vulnerability CVE-2024-0008 a unknown"},
		},
		{
			"csaf", `{"document":{"csaf_version":"2.0","title":"t"},"vulnerabilities":[{"cve":"CVE-2024-0010","product_status":{"known_affected":["p"],"fixed":["q"]},"scores":[{"cvss_v3":{"baseScore":9.8,"baseSeverity":"CRITICAL"}}]}],"product_tree":{"full_product_names":[{"product_id":"p","name":"App 1"}]}}`,
			[]string{"vulnerability CVE-2024-0010 App 1 critical"},
		},
		{
			"spdx", `{"spdxVersion":"SPDX-2.3","packages":[{"name":"musl","versionInfo":"1","externalRefs":[{"referenceCategory":"SECURITY","referenceType":"advisory","referenceLocator":"https://example.com/CVE-2024-0011"}]}]}`,
			[]string{"vulnerability CVE-2024-0011 musl unknown"},
		},
		{"spdx", "SPDXVersion: SPDX-2.3\nPackageName: musl\nExternalRef: SECURITY advisory https://example.com/CVE-2024-0011\n", []string{"vulnerability CVE-2024-0011 musl unknown"}},
		{
			"gitlab", `{"version":"15.0","vulnerabilities":[{"id":"x","name":"n","severity":"High","location":{"file":"a.py","start_line":2},"identifiers":[{"type":"semgrep_id","value":"rule"},{"type":"cwe","name":"CWE-79"}]}],"scan":{"type":"sast","scanner":{"id":"semgrep"}}}`,
			[]string{"code rule a.py high"},
		},
		{
			"asff", `{"Findings":[{"SchemaVersion":"2018","AwsAccountId":"1","ProductArn":"x","Types":["Sensitive Data Identifications"],"Title":"T found a secret in a.sh: Key","Severity":{"Label":"HIGH"},"Resources":[{"Details":{"Other":{"Filename":"a.sh"}}}]}]}`,
			[]string{"secret Key a.sh high"},
		},
		{"dockerbench", `{"dockerbenchsecurity":"1","tests":[{"results":[{"id":"1.1","desc":"d","result":"WARN"},{"id":"1.2","result":"PASS"},{"id":"1.3","desc":"e","result":"INFO"}]}]}`, []string{"misconfiguration 1.1  medium", "misconfiguration 1.3  info"}},
		{"kubebench", `{"Controls":[{"node_type":"master","tests":[{"results":[{"test_number":"1.1.1","test_desc":"d","status":"FAIL"},{"test_number":"1.1.2","status":"PASS"}]}]}]}`, []string{"misconfiguration 1.1.1 master medium"}},
		{"kubescape", `{"results":[{"resourceID":"r","controls":[{"controlID":"C-1","name":"n","status":{"status":"failed"}},{"controlID":"C-2","status":{"status":"passed"}}]}],"summaryDetails":{"controls":{"C-1":{"scoreFactor":8}}}}`, []string{"misconfiguration C-1 r high"}},
		{"kics", `{"queries":[{"query_name":"n","query_id":"q","severity":"HIGH","files":[{"file_name":"a.tf","line":3},{"file_name":"b.tf","line":4}]}],"queries_total":2}`, []string{"misconfiguration q a.tf high", "misconfiguration q b.tf high"}},
		{"checkov", `{"check_type":"terraform","results":{"failed_checks":[{"check_id":"CKV_1","check_name":"n","file_path":"/a.tf","file_line_range":[1,2],"resource":"r","severity":"LOW"}]}}`, []string{"misconfiguration CKV_1 a.tf low"}},
		{"conftest", `[{"filename":"Dockerfile","namespace":"main","successes":1,"failures":[{"msg":"no root"}],"warnings":[{"msg":"w"}]}]`, []string{"misconfiguration main Dockerfile high", "misconfiguration main Dockerfile medium"}},
		{"dockle", `{"summary":{"fatal":1},"details":[{"code":"CIS-DI-0001","title":"t","level":"WARN"},{"code":"x","level":"PASS"}]}`, []string{"misconfiguration CIS-DI-0001  medium"}},
		{"hadolint", `[{"code":"DL3008","level":"warning","message":"pin","file":"Dockerfile","line":2,"column":1}]`, []string{"misconfiguration DL3008 Dockerfile low"}},
		{"npm_audit", `{"auditReportVersion":2,"vulnerabilities":{"a":{"name":"a","via":[{"source":1,"name":"a","url":"https://github.com/advisories/GHSA-aaaa-bbbb-dddd","severity":"moderate"}]},"b":{"name":"b","via":["a"]}}}`, []string{"vulnerability GHSA-aaaa-bbbb-dddd a medium"}},
		{"npm_audit", `{"runId":"1","actions":[],"advisories":{"1":{"id":1,"module_name":"m","severity":"high","cves":["CVE-2024-0012"],"findings":[{"version":"1"}]}}}`, []string{"vulnerability npm-1 m high"}},
		{"yarn_audit", `{"type":"auditAdvisory","data":{"advisory":{"id":2,"module_name":"m","severity":"low"}}}` + "\n" + `{"type":"auditSummary","data":{}}`, []string{"vulnerability npm-2 m low"}},
		{"yarn_audit", `{"value":"m","children":{"ID":1,"URL":"https://github.com/advisories/GHSA-aaaa-bbbb-eeee","Severity":"high","Tree Versions":["1"]}}`, []string{"vulnerability GHSA-aaaa-bbbb-eeee m high"}},
		{"pip_audit", `{"dependencies":[{"name":"Foo_Bar","version":"1","vulns":[{"id":"PYSEC-1","aliases":["CVE-2024-0013"],"fix_versions":["2"]}]}],"fixes":[]}`, []string{"vulnerability PYSEC-1 foo-bar unknown"}},
		{"safety", `{"report_meta":{},"vulnerabilities":[{"vulnerability_id":"7","package_name":"p","CVE":"CVE-2024-0014","severity":{"cvssv3":{"base_score":6.1,"base_severity":"MEDIUM"}}}]}`, []string{"vulnerability CVE-2024-0014 p medium"}},
		{"safety", `[["p","<2","1","text","7"]]`, []string{"vulnerability PVE-7 p unknown"}},
		{"govulncheck", `{"config":{"protocol_version":"v1"}}{"osv":{"id":"GO-2024-1","aliases":["CVE-2024-0015"],"summary":"s"}}{"finding":{"osv":"GO-2024-1","fixed_version":"v1.2","trace":[{"module":"m","version":"v1.1"}]}}
			{"finding":{"osv":"GO-2024-1","trace":[{"module":"m","version":"v1.1","function":"F"},{"module":"own","position":{"filename":"main.go","line":3}}]}}`, []string{"vulnerability GO-2024-1 m unknown"}},
		{"osv_scanner", `{"results":[{"packages":[{"package":{"name":"n","version":"1","ecosystem":"npm"},"vulnerabilities":[{"id":"GHSA-aaaa-bbbb-ffff","database_specific":{"severity":"MODERATE"}}]}],"source":{"path":"package-lock.json"}}]}`, []string{"vulnerability GHSA-aaaa-bbbb-ffff n medium"}},
		{"snyk", `{"vulnerabilities":[{"id":"SNYK-1","identifiers":{"CVE":["CVE-2024-0016"]},"severity":"high","packageName":"p","version":"1","packageManager":"npm"}],"dependencyCount":1}`, []string{"vulnerability SNYK-1 p high"}},
		{"clair", `{"image":"i","unapproved":[],"vulnerabilities":[{"featurename":"f","vulnerability":"CVE-2024-0017","namespace":"ubuntu:18.04","severity":"Negligible"}]}`, []string{"vulnerability CVE-2024-0017 f info"}},
		{"bandit", `{"errors":[],"generated_at":"x","metrics":{},"results":[{"filename":"./a.py","test_id":"B602","test_name":"shell","issue_severity":"HIGH","line_number":2,"code":"1 x\n2 y\n","issue_cwe":{"id":78}}]}`, []string{"code B602 a.py high"}},
		{"gosec", `{"Issues":[{"severity":"MEDIUM","rule_id":"G304","details":"d","file":"/src/main.go","line":"4-5","code":"4: x","cwe":{"id":"22"}}],"Stats":{}}`, []string{"code G304 /src/main.go medium"}},
		{"semgrep", `{"results":[{"check_id":"r","path":"a.py","start":{"line":1,"col":2},"extra":{"message":"m","severity":"ERROR","lines":"x","metadata":{"cwe":"CWE-79: X"}}}],"errors":[]}`, []string{"code r a.py high"}},
		{"codechecker", `{"version":1,"reports":[{"file":{"path":"a.c"},"line":1,"message":"m","checker_name":"c","severity":"LOW"}]}`, []string{"code c a.c low"}},
		{"gitleaks", `[{"RuleID":"r","Description":"d","File":"a","StartLine":1,"Match":"m","Secret":"hunter2"}]`, []string{"secret r a high"}},
		{"gitleaks", `[{"line":"l","offender":"hunter2","rule":"R","commit":"c","file":"a"}]`, []string{"secret R a high"}},
		{"trufflehog", `{"SourceMetadata":{"Data":{"Git":{"file":"k","line":4}}},"DetectorName":"AWS","Verified":true,"Raw":"hunter2"}`, []string{"secret AWS k critical"}},
		{"trufflehog", `{"branch":"b","commitHash":"c","path":"p","printDiff":"d","reason":"Key","stringsFound":["hunter2"]}`, []string{"secret Key p high"}},
		{"nuclei", `{"template-id":"t","info":{"name":"n","severity":"low"},"matched-at":"https://example.com/x"}`, []string{"other t https://example.com/x low"}},
		{"dependency_check", `<analysis><dependencies><dependency><fileName>a.jar</fileName><identifiers><package><id>pkg:maven/g/a@1</id></package></identifiers><vulnerabilities><vulnerability source="NVD"><name>CVE-2024-0018</name><severity>HIGH</severity></vulnerability></vulnerabilities></dependency></dependencies></analysis>`, []string{"vulnerability CVE-2024-0018 g:a high"}},
		{"junit", `<testsuites name="trivy"><testsuite name="i"><testcase classname="musl-1.1-r0" name="[HIGH] CVE-2024-0019"><failure message="m">t</failure></testcase><testcase name="ok"/></testsuite></testsuites>`, []string{"vulnerability CVE-2024-0019 musl high"}},
		{"lynis", "# Lynis Report\nhostname=h\nwarning[]=SSH-7408|Consider hardening|-|text:do|\nsuggestion[]=X-1|s|-|-|\n", []string{"misconfiguration SSH-7408 h medium", "misconfiguration X-1 h low"}},
		{"github_sbom", `{"version":0,"detector":{},"manifests":{}}`, nil},
		{"safety_db", `{"meta":{},"vulnerable_packages":{"a":[]}}`, nil},
		{"empty", `null`, nil},
		{"empty", ` [] `, nil},
		{"empty", ``, nil},
		{"empty", "\xef\xbb\xbf{\"results\":[],\"errors\":[]}", nil},
	}
}
