[ "$(cd /srv/sync && find . | sort | tr '\n' ' ')" = ". ./css ./css/site.css ./home.html ./index.html ./logs ./logs/y.log " ]
[ "$(stat -c '%a %U' /srv/sync/index.html)" = '640 root' ]
[ "$(cat /srv/sync/home.html)" = index ]
