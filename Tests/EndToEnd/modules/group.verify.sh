[ "$(getent group lab-group | cut -d: -f3)" = 2600 ]
[ "$(getent group lab-group-moved | cut -d: -f3)" = 2601 ]
[ "$(getent group lab-group-system | cut -d: -f3)" -lt 1000 ]
fails getent group lab-group-gone
