grep -qx "kernel=$(uname -r)" /etc/lab-facts
grep -qx "program=$(uname -r)" /etc/lab-facts
grep -qx port=8080 /etc/lab-facts
grep -qx "memory=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)" /etc/lab-facts
grep -qx "cpus=$(nproc)" /etc/lab-facts
grep -qx 'distribution=Debian 12' /etc/lab-facts
grep -qx 'root=/root root' /etc/lab-facts
hostname -I | grep -qw "$(sed -n 's/^address=//p' /etc/lab-facts)"
rm -r /etc/ansible
