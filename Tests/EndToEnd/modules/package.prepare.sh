apt-get -qq remove -y lab-extra lab-tool > /dev/null 2>&1 || true
apt-get -qq install -y lab-removed > /dev/null 2>&1
