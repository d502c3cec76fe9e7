echo query > /etc/lab-query
chmod 640 /etc/lab-query
