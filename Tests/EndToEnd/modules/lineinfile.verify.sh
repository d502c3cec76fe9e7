printf '# top\nfirst\nadded\ncolour=green\nsize=10\nlast without newline' > /tmp/want
cmp /tmp/want /srv/lines || { echo >> /tmp/want; cmp /tmp/want /srv/lines; }
[ "$(cat /srv/lines-new)" = only ]
[ "$(stat -c %a /srv/lines-new)" = 600 ]
