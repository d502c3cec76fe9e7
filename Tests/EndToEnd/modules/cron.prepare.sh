if ! command -v crontab > /dev/null; then
  # A crontab(1) of the test's own, as the base system has no cron.
  mkdir -p /var/spool/cron /etc/cron.d
  cat > /usr/local/bin/crontab << 'END'
#!/bin/sh
u=$(id -un)
if [ "$1" = -u ]; then u=$2; shift 2; fi
case $1 in
  -l) [ -e "/var/spool/cron/$u" ] || { echo "no crontab for $u" >&2; exit 1; }; cat "/var/spool/cron/$u" ;;
  -) cat > "/var/spool/cron/$u" ;;
esac
END
  chmod +x /usr/local/bin/crontab
fi
mkdir -p /etc/cron.d
printf '#Ansible: old\n0 0 * * * /bin/old\n1 1 * * * /bin/mine\n' | crontab -u deploy -
