systemctl --quiet is-active lab-web.service lab-batch.service lab-own.service
systemctl --quiet is-enabled lab-web.service
systemctl --quiet is-enabled lab-own.service
fails systemctl --quiet is-active postfix.service
fails systemctl --quiet is-enabled postfix.service
fails systemctl --quiet is-active cups.service
[ "$(systemctl is-enabled cups.service 2>&1)" = masked ]
