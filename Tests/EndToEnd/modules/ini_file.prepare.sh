mkdir -p /srv/ini && printf '# kept\n[main]\nkeep=0\n;gone = 1\n[other]\nx = 1\n' > /srv/ini/a.ini
printf '# kept\n' > /srv/ini/limits.conf
