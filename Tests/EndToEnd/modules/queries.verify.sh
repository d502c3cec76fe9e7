[ "$(cat /etc/lab-query)" = query ]
