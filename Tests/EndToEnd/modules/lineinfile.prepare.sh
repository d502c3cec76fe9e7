printf 'first\ncolour=red\nremove me\nremove me too\nsize=5\nlast without newline' > /srv/lines
