#!/bin/sh
# Before the files go; an upgrade stops nothing.
set -e
if [ "$1" = remove ] || [ "$1" = 0 ]; then
	if [ -d /run/systemd/system ]; then
		systemctl disable --now sasumata.service sasumata-backup.timer || true
	fi
fi
