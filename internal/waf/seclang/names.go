package seclang

import (
	"slices"
	"strings"
)

// The words of the language, from the reference manual of ModSecurity 2 and 3 and
// from Coraza.

// kindOfVariable says whether a variable has members.
type kindOfVariable uint8

const (
	noVariable kindOfVariable = iota
	single
	collection
)

// variableKind tells what the variable, in upper case, is.
func variableKind(name string) kindOfVariable {
	switch {
	case slices.Contains(singleNames(), name):
		return single
	case slices.Contains(collectionNames(), name):
		return collection
	default:
		return noVariable
	}
}

func variableNames() []string { return append(singleNames(), collectionNames()...) }

// singleNames returns the variables with one value.
func singleNames() []string {
	return []string{
		"ARGS_COMBINED_SIZE", "ARGUMENTS_LIMIT_REACHED", "AUTH_TYPE", "DURATION",
		"FILES_COMBINED_SIZE", "FULL_REQUEST", "FULL_REQUEST_LENGTH", "HIGHEST_SEVERITY",
		"INBOUND_DATA_ERROR", "MATCHED_VAR", "MATCHED_VAR_NAME", "MULTIPART_BOUNDARY_QUOTED",
		"MULTIPART_BOUNDARY_WHITESPACE", "MULTIPART_CRLF_LF_LINES", "MULTIPART_DATA_AFTER",
		"MULTIPART_DATA_BEFORE", "MULTIPART_FILE_LIMIT_EXCEEDED", "MULTIPART_HEADER_FOLDING",
		"MULTIPART_INVALID_HEADER_FOLDING", "MULTIPART_INVALID_PART", "MULTIPART_INVALID_QUOTING",
		"MULTIPART_LF_LINE", "MULTIPART_MISSING_SEMICOLON", "MULTIPART_STRICT_ERROR",
		"MULTIPART_UNMATCHED_BOUNDARY", "OUTBOUND_DATA_ERROR", "PATH_INFO", "QUERY_STRING",
		"REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "REMOTE_USER", "REQBODY_ERROR",
		"REQBODY_ERROR_MSG", "REQBODY_PROCESSOR", "REQBODY_PROCESSOR_ERROR",
		"REQBODY_PROCESSOR_ERROR_MSG", "REQUEST_BASENAME", "REQUEST_BODY", "REQUEST_BODY_LENGTH",
		"REQUEST_FILENAME", "REQUEST_LINE", "REQUEST_METHOD", "REQUEST_PROTOCOL", "REQUEST_URI",
		"REQUEST_URI_RAW", "RESPONSE_BODY", "RESPONSE_CONTENT_LENGTH", "RESPONSE_CONTENT_TYPE",
		"RESPONSE_PROTOCOL", "RESPONSE_STATUS", "RES_BODY_ERROR", "RES_BODY_ERROR_MSG",
		"RES_BODY_PROCESSOR", "RES_BODY_PROCESSOR_ERROR", "RES_BODY_PROCESSOR_ERROR_MSG",
		"SERVER_ADDR", "SERVER_NAME", "SERVER_PORT", "SESSIONID", "STATUS_LINE", "TIME", "TIME_DAY",
		"TIME_EPOCH", "TIME_HOUR", "TIME_MIN", "TIME_MON", "TIME_SEC", "TIME_WDAY", "TIME_YEAR",
		"UNIQUE_ID", "URI_PARSE_ERROR", "URLENCODED_ERROR", "USERID",
	}
}

// collectionNames returns the variables with members.
func collectionNames() []string {
	return []string{
		"ARGS", "ARGS_GET", "ARGS_GET_NAMES", "ARGS_NAMES", "ARGS_PATH", "ARGS_POST",
		"ARGS_POST_NAMES", "ENV", "FILES", "FILES_NAMES", "FILES_SIZES", "FILES_TMPNAMES",
		"FILES_TMP_CONTENT", "GEO", "GLOBAL", "IP", "JSON", "MATCHED_VARS", "MATCHED_VARS_NAMES",
		"MULTIPART_DUPLICATE_PART_HEADER", "MULTIPART_FILENAME", "MULTIPART_FILENAME_CHARSET",
		"MULTIPART_FILENAME_LANGUAGE", "MULTIPART_NAME", "MULTIPART_PART_HEADERS", "REQUEST_COOKIES",
		"REQUEST_COOKIES_NAMES", "REQUEST_HEADERS", "REQUEST_HEADERS_NAMES", "REQUEST_XML",
		"RESPONSE_ARGS", "RESPONSE_HEADERS", "RESPONSE_HEADERS_NAMES", "RESPONSE_XML", "RULE",
		"SESSION", "TX", "USER", "XML",
	}
}

// isOperator knows the operators.
func isOperator(word string) bool { return has(operatorNames(), word) }

// operatorNames returns them.
func operatorNames() []string {
	return []string{
		"beginsWith", "contains", "containsWord", "detectSQLi", "detectXSS", "endsWith", "eq", "ge",
		"geoLookup", "gt", "inspectFile", "ipMatch", "ipMatchF", "ipMatchFromDataset",
		"ipMatchFromFile", "le", "lt", "noMatch", "pm", "pmf", "pmFromDataset", "pmFromFile", "rbl",
		"restpath", "rx", "rxGlobal", "streq", "strmatch", "unconditionalMatch", "validateByteRange",
		"validateNid", "validateSchema", "validateUrlEncoding", "validateUtf8Encoding", "within",
	}
}

// isTransform knows the transformations.
func isTransform(word string) bool { return has(transformNames(), word) }

// transformNames returns them.
func transformNames() []string {
	return []string{
		"base64Decode", "base64DecodeExt", "base64Encode", "cmdLine", "compressWhitespace",
		"cssDecode", "escapeSeqDecode", "hexDecode", "hexEncode", "htmlEntityDecode", "jsDecode",
		"length", "lowercase", "md5", "normalisePath", "normalisePathWin", "normalizePath",
		"normalizePathWin", "removeComments", "removeCommentsChar", "removeNulls", "removeWhitespace",
		"replaceComments", "replaceNulls", "sha1", "sqlHexDecode", "trim", "trimLeft", "trimRight",
		"uppercase", "urlDecode", "urlDecodeUni", "urlEncode", "utf8toUnicode",
	}
}

// isOtherAction knows the actions that Rule has no field for.
func isOtherAction(word string) bool { return has(otherActionNames(), word) }

// otherActionNames returns them.
func otherActionNames() []string {
	return []string{
		"accuracy", "append", "auditlog", "deprecateVar", "exec", "expireVar", "initcol", "maturity",
		"noauditlog", "pause", "prepend", "proxy", "rev", "sanitiseArg", "sanitiseMatched",
		"sanitiseMatchedBytes", "sanitiseRequestHeader", "sanitiseResponseHeader", "setenv", "setrsc",
		"setsid", "setuid", "status", "xmlns",
	}
}

// actionNames returns all actions.
func actionNames() []string {
	return append(otherActionNames(),
		"allow", "block", "capture", "chain", "ctl", "deny", "drop", "id", "log", "logdata", "msg",
		"multiMatch", "nolog", "pass", "phase", "redirect", "setvar", "severity", "skip", "skipAfter",
		"t", "tag", "ver",
	)
}

// isControl knows what ctl can change.
func isControl(word string) bool { return has(controlNames(), word) }

// controlNames returns it.
func controlNames() []string {
	return []string{
		"auditEngine", "auditLogParts", "debugLogLevel", "forceRequestBodyVariable", "hashEnforcement",
		"hashEngine", "requestBodyAccess", "requestBodyLimit", "requestBodyProcessor",
		"responseBodyAccess", "responseBodyLimit", "responseBodyProcessor", "ruleEngine",
		"ruleRemoveById", "ruleRemoveByMsg", "ruleRemoveByTag", "ruleRemoveTargetById",
		"ruleRemoveTargetByMsg", "ruleRemoveTargetByTag",
	}
}

// isSetting knows the directives that are a Setting.
func isSetting(word string) bool { return has(settingNames(), word) }

// settingNames returns them.
func settingNames() []string {
	return []string{
		"SecArgumentSeparator", "SecArgumentsLimit", "SecAuditEngine", "SecAuditLog",
		"SecAuditLogDirMode", "SecAuditLogFileMode", "SecAuditLogFormat", "SecAuditLogParts",
		"SecAuditLogRelevantStatus", "SecAuditLogStorageDir", "SecAuditLogType",
		"SecCollectionTimeout", "SecComponentSignature", "SecConnEngine", "SecCookieFormat",
		"SecDataDir", "SecDataset", "SecDebugLog", "SecDebugLogLevel", "SecDefaultAction",
		"SecPcreMatchLimit", "SecPcreMatchLimitRecursion", "SecRequestBodyAccess",
		"SecRequestBodyInMemoryLimit", "SecRequestBodyJsonDepthLimit", "SecRequestBodyLimit",
		"SecRequestBodyLimitAction", "SecRequestBodyNoFilesLimit", "SecResponseBodyAccess",
		"SecResponseBodyLimit", "SecResponseBodyLimitAction", "SecResponseBodyMimeType",
		"SecRuleEngine", "SecRxPreFilter", "SecServerSignature", "SecTmpDir", "SecUnicodeMap",
		"SecUnicodeMapFile", "SecUploadDir", "SecUploadFileLimit", "SecUploadFileMode",
		"SecUploadKeepFiles", "SecWebAppId",
	}
}

// directiveNames returns all directives.
func directiveNames() []string {
	return append(settingNames(),
		"SecRule", "SecAction", "SecMarker", "SecRuleUpdateTargetById", "SecRuleRemoveById", "SecRuleRemoveByTag",
	)
}

// severityNames returns the severities by their number.
func severityNames() []string {
	return []string{"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"}
}

// has ignores letter case.
func has(list []string, word string) bool {
	return slices.ContainsFunc(list, func(known string) bool { return strings.EqualFold(known, word) })
}
