# How checks know a secret when they see one.
package lib.secrets

# named holds for names of variables that hold a secret, not where one is or how long it
# lives.
named(name) if {
	regex.match(`(?i)(passw(or)?d|passphrase|pwd$|(^|_|-|\.)pass($|_|-|\.)|secret|token|api[_.-]?key|access[_.-]?key|private[_.-]?key|encryption[_.-]?key|signing[_.-]?key|credential)`, name)
	not regex.match(`(?i)([_.-](file|path|dir|url|uri|host|ttl|name|id|user|username|type|length|version|expiry|expires|expiration|timeout|policy|enabled|disabled|header|prefix|issuer|endpoint|provider|store|manager|algorithm|location)$|^(pub|public)[_.-]|[_.-](pub|public)[_.-]|tokenize|^ALLOW_EMPTY|RANDOM|^PWD$|^OLDPWD$)`, name)
}

# literal holds for values that are the thing itself: no variable, no path, no switch.
literal(value) if {
	count(value) > 2
	not contains(value, "$")
	not regex.match(`^(/|\./|~/)|://[^:@/]*(/|$)|^<[^>]*>$|^\{\{|^(?i)(true|false|yes|no|on|off|none|null|nil|undefined|required|optional|disabled|enabled|auto|default|changeit-at-runtime)$|^\*+$|^x+$|^[0-9]{1,2}$`, value)
}

# token holds for texts in the form that a known service gives its keys.
token(text) if {
	regex.match(`(^|[^A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{16}($|[^A-Za-z0-9])|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{10}|sk_live_[A-Za-z0-9]{20}|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{36}|-----BEGIN [A-Z ]*PRIVATE KEY|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`, text)
}

# An address with a password in it.
token(text) if {
	regex.match(`[a-z][a-z0-9+.-]*://[^/:@\s$]+:[^/:@\s$]{3,}@[^/\s]`, text)
}

# password_option holds for commands that are given one as a word.
password_option(c) if {
	some word in c.argv
	regex.match(`^--?(password|passwd|pass|token|api-key|secret|secret-key|access-key)=`, word)
	literal(substring(word, indexof(word, "=") + 1, -1))
	not c.name in {"echo", "printf"}
}

password_option(c) if {
	some i, word in c.argv
	word in {"--password", "--passwd", "--token", "--api-key", "--secret-key"}
	value := c.argv[i + 1]
	not startswith(value, "-")
	literal(value)
	not c.name in {"echo", "printf"}
}

# file holds for paths of files that hold keys and passwords.
file(path) if {
	name := lower(regex.find_n(`[^/\\]*$`, path, 1)[0])
	regex.match(`^(id_(rsa|dsa|ecdsa|ed25519)|\.env(\.(local|prod|production|staging))?|\.npmrc|\.pypirc|\.netrc|_netrc|\.git-credentials|\.pgpass|\.htpasswd|\.dockercfg|\.vault-token|secrets?\.(ya?ml|json|env|txt)|credentials(\.json)?|.*\.(key|pfx|p12|jks|keystore|kdbx|ppk))$`, name)
}

file(path) if regex.match(`(^|/)\.(ssh|aws|docker|kube|gnupg|azure)(/(config(\.json)?|credentials|)?)?$`, path)
