package event

// Standard attribute names, as Datadog's standard attributes have them. Rules,
// pipelines and every stage use these; docs/glossary.md explains each.
const (
	ClientIP      = "network.client.ip"
	ClientName    = "network.client.name"
	ClientPort    = "network.client.port"
	DestinationIP = "network.destination.ip"
	// ClientGeo is where the client's address is: country, city, location, as ..
	ClientGeo    = "network.client.geoip"
	BytesWritten = "network.bytes_written"

	UserID    = "usr.id"
	UserName  = "usr.name"
	UserEmail = "usr.email"

	EvtCategory = "evt.category"
	EvtName     = "evt.name"
	EvtOutcome  = "evt.outcome"
	EvtReason   = "evt.reason"

	HTTPMethod     = "http.method"
	HTTPStatusCode = "http.status_code"
	HTTPURL        = "http.url"
	HTTPURLDetails = "http.url_details"
	HTTPUserAgent  = "http.useragent"
	HTTPReferer    = "http.referer"
	HTTPVersion    = "http.version"
	// HTTPCookie, HTTPBody and HTTPContentType are what rich access logs have besides.
	HTTPCookie      = "http.request.cookie"
	HTTPBody        = "http.request.body"
	HTTPContentType = "http.request.content_type"

	SyslogHostname = "syslog.hostname"
	SyslogAppname  = "syslog.appname"
	ProcessPID     = "process.pid"
	ProcessName    = "process.name"

	// SecurityAttack is true on an event that looks like an attack by itself.
	SecurityAttack = "security.attack"
	// SecurityRules lists the patterns or rules that say so.
	SecurityRules = "security.rules"
	// SecurityCategories lists the kinds of attack (sql_injection ..).
	SecurityCategories = "security.categories"
)
