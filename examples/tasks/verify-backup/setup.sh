#!/bin/bash
# A manifest, and a backup that is not quite what the manifest says.
set -euo pipefail
mkdir -p site/pages site/assets
for page in index about contact prices imprint; do
    printf '<h1>%s</h1>\n<p>Page %s of the site.</p>\n' "$page" "$page" >"site/pages/$page.html"
done
printf 'body { margin: 2rem }\n' >site/assets/site.css
printf 'console.log("ready")\n' >site/assets/site.js
printf 'User-agent: *\n' >site/robots.txt
find site -type f -exec sha256sum {} + | LC_ALL=C sort -k 2 >MANIFEST.sha256
# The damage: one byte changed, one line lost at the end, one file missing, one too many.
printf '<h1>prices</h1>\n<p>Page prices of the sito.</p>\n' >site/pages/prices.html
printf '<h1>imprint</h1>\n' >site/pages/imprint.html
rm site/assets/site.js
printf 'left over\n' >site/pages/index.html~
tar --create --gzip --file backup.tar.gz site
rm -r site
