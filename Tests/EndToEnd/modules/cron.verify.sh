[ "$(cat /etc/cron.d/lab-snapshot)" = '#Ansible: snapshot
30 2 * * * root /bin/true --all' ]
[ "$(crontab -u deploy -l)" = 'MAILTO="ops"
1 1 * * * /bin/mine
#Ansible: check
@daily /bin/true' ]
rm /etc/cron.d/lab-snapshot
