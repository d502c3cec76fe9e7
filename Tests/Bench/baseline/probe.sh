# Reads what a tool must know about a host to see that nothing is to be done: the yardstick.
export LC_ALL=C
stat -c '%n %F %a %u:%g' /etc/kubernetes /etc/kubernetes/pki /etc/kubernetes/manifests /etc/cni/net.d \
  /opt/cni/bin /var/lib/etcd /var/lib/kubelet /var/log/kubernetes /etc/kubernetes/*.conf
sha256sum /etc/kubernetes/*.conf
cd /proc/sys && for key in net/ipv4/ip_forward net/ipv6/conf/all/forwarding net/ipv4/tcp_tw_reuse \
  net/ipv4/tcp_fin_timeout net/ipv4/tcp_max_syn_backlog net/ipv4/tcp_keepalive_time \
  net/ipv4/tcp_keepalive_intvl net/ipv4/tcp_keepalive_probes net/ipv4/tcp_slow_start_after_idle \
  net/ipv4/tcp_syn_retries net/ipv4/conf/all/rp_filter net/ipv4/conf/default/rp_filter \
  net/core/somaxconn net/netfilter/nf_conntrack_tcp_timeout_close_wait vm/overcommit_memory \
  vm/panic_on_oom vm/max_map_count kernel/panic kernel/panic_on_oops fs/inotify/max_user_instances
do
  read -r value < "$key"
  echo "$key $value"
done
cat /etc/sysctl.d/99-bench.conf /etc/fstab /etc/hosts
getent passwd etcd
getent group etcd
systemctl show --property=Id,LoadState,ActiveState,UnitFileState postfix.service cups.service \
  avahi-daemon.service lab-web.service lab-batch.service
