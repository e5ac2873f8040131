"""What a node of a cluster does beside its work: own sources, keep its leases, lead."""
