"""What is done with conversations beside asking: found, named, shared, taken along, deleted."""
