useradd --create-home --shell /bin/sh lab-old
useradd --create-home lab-gone
