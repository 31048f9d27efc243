"""定额 (quotas): what a store lacks of its quotas, and what quota its use suggests."""
