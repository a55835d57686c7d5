package sample_test

import "slices"

// examples are values of keys whose default says nothing, as they stand in YAML. A key is
// the field that it fills, behind the key above it where that matters.
func examples() map[string]string {
	return map[string]string{
		"config.Config.TimeZone": "UTC",
		"config.Token.Name":      "web1", "config.Token.File": "/etc/sasumata/web1.token",
		"readers config.Token.Name": "ann", "readers config.Token.File": "/etc/sasumata/ann.token",
		"analysts config.Token.Name": "bob", "analysts config.Token.File": "/etc/sasumata/bob.token",
		"operators config.Token.Name": "ops", "operators config.Token.File": "/etc/sasumata/ops.token",
		"config.TLS.Cert": "/etc/sasumata/server.crt", "config.TLS.Key": "/etc/sasumata/server.key", "config.TLS.ClientCA": "/etc/sasumata/ca.crt",
		"config.DialTLS.CA": "/etc/sasumata/ca.crt", "config.DialTLS.Cert": "/etc/sasumata/server.crt", "config.DialTLS.Key": "/etc/sasumata/server.key", "config.DialTLS.ServerName": "logs.example.com",
		"config.HTTP.Proxies":    "[127.0.0.1]",
		"config.Syslog.Protocol": "tcp", "config.Syslog.Listen": "127.0.0.1:5514", "config.Syslog.Idle": "10m", "config.Syslog.MaxMessage": "65536",
		"config.File.Path": `"/var/log/nginx/*.log"`, "config.File.From": "end", "config.File.Multiline": "auto",
		"config.File.MultilineLines": "500", "config.File.MultilineBytes": "65536", "config.File.MultilineWait": "1s",
		"config.Journal.From": "end", "config.Journal.Directory": "/var/log/journal", "config.Journal.Journalctl": "/usr/bin/journalctl", "config.Journal.Units": `["ssh*"]`, "config.Journal.Identifiers": "[sshd]",
		"config.Docker.Address": "tcp://docker.example.com:2376", "config.Docker.Containers": `["shop-*"]`, "config.Docker.Labels": "[environment=production]", "config.Docker.Root": "/var/lib/docker/containers", "config.Docker.From": "end",
		"config.NATS.Servers": `["tls://nats.example.com:4222"]`, "config.NATS.Subjects": `["logs.>"]`, "config.NATS.Group": "sasumata", "config.NATS.Stream": "LOGS", "config.NATS.Consumer": "sasumata",
		"config.NATS.User": "sasumata", "config.NATS.PasswordFile": "/etc/sasumata/nats.secret", "config.NATS.TokenFile": "/etc/sasumata/nats.token", "config.NATS.CredentialsFile": "/etc/sasumata/nats.creds",
		"config.Kafka.Brokers": `["kafka.example.com:9093"]`, "config.Kafka.Topics": "[logs]", "config.Kafka.Group": "sasumata", "config.Kafka.From": "end",
		"config.SASL.Mechanism": "scram-sha-512", "config.SASL.User": "sasumata", "config.SASL.PasswordFile": "/etc/sasumata/kafka.secret",
		"config.Queue.MaxBytes": "1073741824", "config.Queue.URL": "tls://nats.example.com:4222", "config.Queue.Stream": "SASUMATA", "config.Queue.Replicas": "3", "config.Queue.Credentials": "/etc/sasumata/queue.creds", "config.Queue.TokenFile": "/etc/sasumata/queue.token",
		"config.StoreSource.Source": "nginx", "config.StoreSource.MaxAge": "30d", "config.StoreService.Service": "shop", "config.StoreService.MaxAge": "30d",
		"config.State.DSN": `"postgres://sasumata@db.example.com/sasumata?sslmode=verify-full"`, "config.State.DSNFile": "/etc/sasumata/state.dsn",
		"config.Access.URL": `"https://logs.example.com"`,
		"config.OIDC.Name":  "company", "config.OIDC.Issuer": `"https://login.example.com"`, "config.OIDC.ClientID": "sasumata", "config.OIDC.SecretFile": "/etc/sasumata/oidc.secret", "config.OIDC.Scopes": "[profile, email]",
		"config.OIDC.NameClaim": "preferred_username", "config.OIDC.GroupsClaim": "groups", "config.OIDC.Roles": "{security: analyst}", "config.OIDC.DefaultRole": "viewer",
		"config.Logs.Dir":             "/var/log/sasumata",
		"config.Content.Suppressions": "[/etc/sasumata/suppressions]", "config.Content.Rules": "[/etc/sasumata/rules]", "config.Content.Threats": "/var/lib/sasumata-threats", "config.Content.Own": "[192.0.2.0/24]",

		"metrics.Config.ScrapeFiles": "[]", "metrics.Config.RuleFiles": "[/etc/sasumata/metrics/*.yaml]", "metrics.RemoteWrite.URL": `"https://prometheus.example.com/api/v1/write"`, "metrics.RemoteWrite.TokenFile": "/etc/sasumata/remote.token", "metrics.RemoteWrite.Queue": "120000",
		"metrics.Config.QueryURL": `"https://prometheus.example.com"`, "metrics.Config.QueryTokenFile": "/etc/sasumata/prometheus.token",
		"derive.Metric.Name": "checkout_seconds", "derive.Metric.Type": "histogram", "derive.Metric.Help": "Time of a checkout.", "derive.Metric.Query": `"service:shop"`, "derive.Metric.Value": `"@duration"`, "derive.Metric.Scale": "0.000000001", "derive.Metric.Buckets": "[0.1, 0.5, 1, 5]", "derive.Metric.MaxSeries": "500",
		"derive.Label.Label": "job", "derive.Label.Field": "[service, source]", "derive.Label.Values": "[]",
		"alert.Config.File": "/etc/sasumata/alertmanager.yml", "alert.Config.Language": "ja", "alert.Config.URL": `"https://logs.example.com"`,
		"alert.Email.Smarthost": `"mail.example.com:587"`, "alert.Email.From": "sasumata@example.com", "alert.Email.To": "[soc@example.com]", "alert.Email.Username": "sasumata", "alert.Email.PasswordFile": "/etc/sasumata/mail.secret", "alert.Email.CAFile": "/etc/sasumata/ca.crt",
		"alert.Slack.URLFile": "/etc/sasumata/slack.url", "alert.Slack.Channel": `"#soc"`,
		"alert.Alertmanager.URLs": `["https://alertmanager.example.com:9093"]`, "alert.Alertmanager.TokenFile": "/etc/sasumata/alertmanager.token", "alert.Alertmanager.User": "sasumata", "alert.Alertmanager.CAFile": "/etc/sasumata/ca.crt", "alert.Alertmanager.Timeout": "15s",
		"alert.Receiver.Name": "soc", "alert.Receiver.PerHour": "60", "alert.File.Path": "/var/log/sasumata/notices.jsonl", "alert.Syslog.Protocol": "tcp", "alert.Syslog.Address": `"192.0.2.10:601"`,
		"alert.Exec.Command": "[/usr/local/bin/tell-soc]", "alert.Exec.Timeout": "10s",
		"alert.Webhook.Preset": "json", "alert.Webhook.URLFile": "/etc/sasumata/webhook.url", "alert.Webhook.TokenFile": "/etc/sasumata/webhook.token", "alert.Webhook.User": "sasumata", "alert.Webhook.To": "soc", "alert.Webhook.Timeout": "15s",
		"alert.Step.Severity": "[critical]", "alert.Step.After": "15m", "alert.Step.Receiver": "soc",
		"alert.Rota.Name": "on-call", "alert.Rota.From": `"2026-01-05T09:00:00+09:00"`, "alert.Rota.Every": "7d", "alert.Rota.People": "[soc]",
		"alert.Heartbeat.URLFile": "/etc/sasumata/heartbeat.url", "alert.Heartbeat.Every": "1m",

		"config.Containers.Interval": "10s", "config.Containers.Every": "1m", "config.Containers.EventsEvery": "1m",
		"sensor.Config.Mode": "auto", "metrics.Config.ScrapeConfigs": `[{job_name: shop, static_configs: [{targets: ["127.0.0.1:9200"]}]}]`, "metrics.Config.Instance": "web1",

		"respond.NeverConfig.Allow": "[192.0.2.0/24]",
		"respond.ActionConfig.Name": "ticket", "respond.Exec.Command": "[/usr/local/bin/block]", "respond.Exec.Undo": "[/usr/local/bin/unblock]", "respond.Exec.Timeout": "10s",
		"respond.Webhook.URLFile": "/etc/sasumata/ticket.url", "respond.Webhook.UndoFile": "/etc/sasumata/ticket-undo.url", "respond.Webhook.TokenFile": "/etc/sasumata/ticket.token", "respond.Webhook.Timeout": "10s",
		"respond.Policy.Name": "brute force", "respond.Policy.Query": `"rule.id:brute_force*"`, "respond.Policy.Severity": "[high, critical]", "respond.Policy.Action": "block", "respond.Policy.Target": "ip", "respond.Policy.Duration": "4h", "respond.Policy.Mode": "dry-run",
	}
}

// alternative reports whether a key excludes another one of the sample.
func alternative(id string) bool {
	return slices.Contains([]string{
		"config.State.DSN", "config.Queue.Credentials", "config.Docker.Root", "config.NATS.Group", "config.NATS.TokenFile", "config.NATS.CredentialsFile",
		"alert.Config.File", "alert.Config.Alertmanager", "respond.ActionConfig.Webhook", "respond.Policy.Steps",
	}, id)
}
