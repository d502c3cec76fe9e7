printf '# kept\n[main]\nkeep = 1\n;gone = 1\n[dns]\nserver=10.0.0.1\nserver=10.0.0.2\n' | cmp - /srv/ini/a.ini
[ "$(stat -c %a /srv/ini/a.ini)" = 640 ]
printf '# kept\n*\thard\tnofile\t65536\n' | cmp - /srv/ini/limits.conf
printf 'one\n--\ntwo\n' | cmp - /srv/ini/assembled
