printf '192.0.2.99 registry.lab.internal\n192.0.2.98 old.lab.internal\n# kept\n' >> /etc/hosts
