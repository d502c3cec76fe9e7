# Runs once inside a fresh base tree, after the packages are there and rootfs/ was copied in.
set -eu

for user in deploy ops nosudo; do
  useradd --create-home --shell /bin/bash "$user"
done
useradd --create-home --shell /usr/local/bin/noisy-shell noisy
sed -i '1i echo "a line from the top of .bashrc"' /home/noisy/.bashrc
echo 'ops:ops-password' | chpasswd

# What every host owns for itself is made when the host is.
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /etc/hostname /etc/machine-id
: > /etc/resolv.conf
chmod 644 /etc/resolv.conf
chmod 440 /etc/sudoers.d/lab

systemctl --quiet enable postfix.service cups.service avahi-daemon.service
# What a test wants it starts itself.
systemctl --quiet disable etcd.service haproxy.service keepalived.service nginx.service containerd.service
systemctl --quiet mask console-getty.service getty.target apt-daily.timer apt-daily-upgrade.timer \
  dpkg-db-backup.timer e2scrub_all.timer systemd-tmpfiles-clean.timer

# The only packages that can be installed are the ones the lab brought along.
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/srv/packages ./' > /etc/apt/sources.list
apt-get -qq update

# A distribution's kernel package says which modules are built in; here there is none, so the lab
# says it for the running kernel (the list comes from the kernel's own configuration).
if [ -d "/lib/modules/$(uname -r)" ]; then depmod; fi

# Nothing is to be done on a first boot (ConditionNeedsUpdate of systemd.unit(5)).
touch /etc/.updated /var/.updated
