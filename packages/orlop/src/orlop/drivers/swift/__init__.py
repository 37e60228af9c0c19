"""Images as objects of OpenStack Swift, or of Ceph's radosgw by its Swift API."""
