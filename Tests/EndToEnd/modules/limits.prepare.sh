printf '# kept\nops soft nproc 1024\n' > /etc/security/limits.d/50-lab.conf
