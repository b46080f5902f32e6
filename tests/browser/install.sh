#!/bin/sh
# Installs the browser that tests/browser.rs drives, from Debian's own packages.
set -eu
apt-get update
apt-get install -y --no-install-recommends chromium fonts-dejavu-core
