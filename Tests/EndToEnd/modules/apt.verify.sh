dpkg-query -W -f '${Version}' lab-extra | grep -qx 1.0
apt-mark showhold | grep -qx lab-tool
apt-mark unhold lab-tool
