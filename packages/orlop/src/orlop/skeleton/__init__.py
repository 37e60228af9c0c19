"""A new driver's package: `package` is a real one, of a driver called `example`, which is copied under another name."""
