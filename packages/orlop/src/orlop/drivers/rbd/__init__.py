"""Images in Ceph, as RBD images with a protected snapshot."""
