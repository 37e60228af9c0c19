"""The package of `glance_store.common.utils`, a name that drivers of others import."""
