"""The set-up: discovered, tried, advised on, priced, carried as a file; who changed what of it."""
