grep -qx '# kept' /etc/security/limits.d/50-lab.conf
[ "$(grep -c nproc /etc/security/limits.d/50-lab.conf)" = 1 ]
[ "$(su - deploy -c 'ulimit -Hn')" = 32768 ] || [ "$(su - deploy -c 'ulimit -Hn')" = 20000 ]
[ "$(su - ops -c 'ulimit -Su')" = 2048 ]
systemctl show --property=DefaultLimitNOFILE | grep -qx DefaultLimitNOFILE=16384
