#!/bin/sh
# Sees that there is a PostgreSQL for the tests, and installs Debian's where there is none. ROPEWAY_POSTGRES_BIN names the folder of
# another one. No server is started: tests start their own.
set -eu
for found in "${ROPEWAY_POSTGRES_BIN:-}"/initdb /usr/lib/postgresql/1[5-9]/bin/initdb /usr/lib/postgresql/[2-9][0-9]/bin/initdb; do
	if [ -x "$found" ]; then
		exit 0
	fi
done
if ! command -v apt-get >/dev/null; then
	echo 'The tests of the database for several machines need PostgreSQL 15 or newer: install it, and set ROPEWAY_POSTGRES_BIN to the folder of initdb. Without it they are skipped.' >&2
	exit 0
fi
as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
fi
echo 'installing postgresql with apt-get, for the tests of the database for several machines'
# The package would make a cluster and start it; nobody needs that one.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
	$as_root mkdir -p /etc/postgresql-common
	echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends postgresql
