echo 'greeting = bye' > /etc/lab-template-2.conf
