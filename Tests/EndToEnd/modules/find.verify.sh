[ ! -e /srv/find/a/old.log ]
[ -e /srv/find/a/new.log ]
[ "$(cat /srv/find/count)" = 1/2 ]
