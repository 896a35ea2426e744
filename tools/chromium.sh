#!/bin/sh
# Sees that there is a Chromium for the browser tests, and installs Debian's where there is none. CHROMIUM names another one.
set -eu
for found in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
	if [ -n "$found" ] && [ -x "$found" ]; then
		exit 0
	fi
done
if ! command -v apt-get >/dev/null; then
	echo 'The browser tests need Chromium: install it, and set CHROMIUM to its path.' >&2
	exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
fi
echo 'installing chromium with apt-get, for the browser tests'
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
