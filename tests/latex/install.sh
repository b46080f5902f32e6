#!/bin/sh
# Installs the LaTeX with which tests/report.rs compiles every emitted source, from Debian's own packages.
set -eu
apt-get update
apt-get install -y --no-install-recommends texlive-latex-base texlive-latex-recommended texlive-latex-extra texlive-pictures texlive-science
