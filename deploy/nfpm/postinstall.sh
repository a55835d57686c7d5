#!/bin/sh
# Behind the files: the user, and the unit. Nothing is started at the first install: who
# installs it looks at the configuration first.
set -e
if command -v systemd-sysusers >/dev/null 2>&1; then
	systemd-sysusers sasumata.conf || true
elif ! getent passwd sasumata >/dev/null 2>&1 && command -v useradd >/dev/null 2>&1; then
	useradd --system --home-dir /var/lib/sasumata --no-create-home --shell /usr/sbin/nologin sasumata || true
	usermod -aG adm sasumata 2>/dev/null || true
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	systemctl try-restart sasumata.service || true
fi
if [ "$1" = configure ] && [ -z "$2" ] || [ "$1" = 1 ]; then
	echo "Sasumata is installed. Its configuration is /etc/sasumata/sasumata.yaml, then:"
	echo "  systemctl enable --now sasumata && journalctl -u sasumata -n 20"
fi
