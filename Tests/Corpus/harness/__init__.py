"""The corpus: playbooks run on real hosts by Spile and by ansible-core, end states compared."""
