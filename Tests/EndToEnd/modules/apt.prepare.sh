apt-get -qq remove -y lab-extra lab-tool > /dev/null 2>&1 || true
apt-mark unhold lab-tool > /dev/null 2>&1 || true
