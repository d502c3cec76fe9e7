[ "$(getent passwd lab-new)" = 'lab-new:x:2501:2500:Someone new:/srv/lab-new:/bin/bash' ]
[ -d /srv/lab-new ]
[ "$(getent passwd lab-old | cut -d: -f7)" = /usr/sbin/nologin ]
id -nG lab-old | grep -qw lab-team
id -nG lab-old | grep -qw lab-old
fails getent passwd lab-gone
[ ! -e /home/lab-gone ]
[ "$(id -u lab-system)" -lt 1000 ]
[ ! -e /home/lab-system ]
