#!/bin/sh
# Installs the LaTeX with which the tests of the report compile every emitted source, from Debian's own packages.
set -eu
apt-get update
apt-get install -y --no-install-recommends texlive-latex-base texlive-latex-recommended texlive-latex-extra texlive-pictures texlive-science
