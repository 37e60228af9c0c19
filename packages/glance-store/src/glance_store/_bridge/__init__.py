"""Between glance_store's old names and orlop: options, locations, errors, readers, and the store that has them all."""
