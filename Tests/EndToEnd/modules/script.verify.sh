[ "$(cat /srv/script/made)" = "one|two words|" ]
[ "$(cat /srv/script/raw)" = raw ]
[ "$(ls -A /tmp | grep -c '^\.spile')" = 0 ]
