[ "$(stat -c '%a %U:%G' /srv/copy/content)" = '600 deploy:ops' ]
printf 'one\ntwo '\''quoted'\'' $HOME `id` \\n\n' | cmp - /srv/copy/content
[ "$(sha256sum < /srv/copy/bytes.bin)" = "$BYTES_SHA256  -" ]
[ "$(sha256sum < /srv/copy/large.bin)" = "$LARGE_SHA256  -" ]
[ "$(stat -c %a /srv/copy/small.txt)" = 755 ]
[ "$(stat -c %a /srv/copy/mode)" = 640 ]
[ "$(cat /srv/copy/backup)" = new ]
[ "$(cat /srv/copy/backup.*)" = old ]
[ "$(cat /srv/copy/kept)" = old ]
[ "$(stat -c %a /etc/sudoers.d/lab-copy)" = 440 ]
cmp /etc/hostname /srv/copy/hostname
[ -e "/srv/copy/it's a näme" ]
# Nothing temporary was left behind.
[ "$(find /srv/copy -name '.*' -o -name '*.tmp*' | wc -l)" = 0 ]
