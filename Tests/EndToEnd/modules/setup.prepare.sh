mkdir -p /etc/ansible/facts.d
printf '[web]\nport = 8080\n' > /etc/ansible/facts.d/site.fact
printf '#!/bin/sh\necho "{\\"kernel\\": \\"$(uname -r)\\"}"\n' > /etc/ansible/facts.d/program.fact
chmod +x /etc/ansible/facts.d/program.fact
