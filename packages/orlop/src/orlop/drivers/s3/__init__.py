"""Images as objects in a bucket of an S3 server: AWS, Ceph, MinIO and their like."""
