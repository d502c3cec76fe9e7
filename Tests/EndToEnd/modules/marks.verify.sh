[ "$(getfattr --only-values -n user.origin /srv/marked/image)" = 'build "42"' ]
fails getfattr -n user.old /srv/marked/image
lsattr -d /srv/marked | cut -d' ' -f1 | grep -q d
fails sh -c 'lsattr /srv/marked/fixed | cut -d" " -f1 | grep i'
[ "$(stat -c %a /srv/marked/fixed)" = 640 ]
[ "$(cat /root/.marks)" = here ]
[ "$(stat -c '%U %s' ~deploy/.marks)" = 'deploy 5' ]
