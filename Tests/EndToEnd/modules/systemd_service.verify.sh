systemctl --quiet is-active lab-web.service lab-batch.service lab-own.service
systemctl --quiet is-enabled lab-web.service
systemctl --quiet is-enabled lab-own.service
! systemctl --quiet is-active postfix.service
! systemctl --quiet is-enabled postfix.service
! systemctl --quiet is-active cups.service
[ "$(systemctl is-enabled cups.service 2>&1)" = masked ]
