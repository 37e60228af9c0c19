"""The S3 gateway of JuiceFS, which is MinIO's, over a folder."""

from servers.juicefs.server import JuiceFS

__all__ = ["JuiceFS"]
