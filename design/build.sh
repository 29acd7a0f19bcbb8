#!/bin/sh
# Compiles the stylesheet. Needs `npm install govuk-frontend@6.6.0 sass` in the folder given as $1; see README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$1/node_modules/.bin/sass" --style=compressed --no-source-map --no-charset --quiet-deps \
  --load-path="$1/node_modules" "$here/testamur.scss" "$here/../testamur/web/static/testamur.css"
