"""What a client of an S3 server has to know."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class S3Account:
    """An account of an S3 server: its endpoint, keys and region; requests name the bucket in their path."""

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"
