systemctl --quiet unmask cups.service
systemctl --quiet enable --now postfix.service cups.service
systemctl --quiet disable --now lab-web.service lab-batch.service
