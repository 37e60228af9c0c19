"""The settings of an S3 store."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from orlop.drivers.s3.endpoint import Endpoint, endpoint_of
from orlop.errors import InvalidLocation
from orlop.settings import YEAR, Secret, StoreSettings, UserPath

MIB = 1024 * 1024
EVERY = "*"
"""In a list of names: all of them."""
_FORM = "the form is s3+https://HOST/BUCKET[/PREFIX]; credentials come from AWS's credential chain"
_HEADER = re.compile(r"[\x21-\x7e]+")
"""What a header of a request can carry, and a signature."""


class S3Settings(StoreSettings):
    """A store in a bucket.

    Credentials are `access_key` and `secret_key`, or those of `profile`, or with `credential_chain` those that AWS's
    own tools find. Nothing else of the environment counts: no variable, no file below `~/.aws`, no proxy.
    """

    takes_uri: ClassVar[str] = "s3+https://HOST/BUCKET[/PREFIX]"

    driver: Literal["s3"] = "s3"
    endpoint: str | None = None
    """The server, such as `https://s3.example.org:9000`; without a scheme https is meant. None: AWS, in `region`."""
    region: str | None = None
    """The region. None: us-east-1 with an `endpoint`, else that of the profile or the credential chain."""
    bucket: str = Field(min_length=1)
    """The bucket with the images, best for nothing else; see `prefix`."""
    prefix: str = ""
    """What the names of all objects begin with, such as `images/`, where a bucket is shared; a folder, so to say."""
    other_buckets: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Further buckets of the server whose images are read and deleted by their locations, below any prefix; the own
    bucket may be named for its other prefixes, and `*` stands for all. New images are never put there."""
    other_endpoints: tuple[str, ...] = ()
    """Further names of the server that locations may have, such as `http://10.0.0.5:8080` of old; without scheme https
    is meant. `*`: whatever server a location names, this one is asked."""
    addressing: Literal["auto", "path", "virtual"] = "auto"
    """Where requests name the bucket: in the path or in the host's name. auto: with an `endpoint` in the path."""
    create_bucket: bool = False
    """The bucket is made when the first image comes and it is missing."""
    access_key: str | None = None
    """Together with `secret_key`; else there is `profile` or `credential_chain`."""
    secret_key: Secret | None = None
    """The key that belongs to `access_key`."""
    session_token: Secret | None = None
    """For temporary keys, together with both. They are not renewed; those of a role or profile are, by themselves."""
    profile: str | None = None
    """A profile in `~/.aws/credentials` or `~/.aws/config`, or in the files that `AWS_SHARED_CREDENTIALS_FILE` and
    `AWS_CONFIG_FILE` name. Only its keys and its region count."""
    credential_chain: bool = False
    """Keys, and the region where none is set, come from AWS's credential chain: variables such as `AWS_ACCESS_KEY_ID`,
    `~/.aws`, or the role of the container or the machine, which are renewed by themselves."""
    ca_file: UserPath | None = None
    """A PEM file with the certificate authorities to trust, and no others. None: those that botocore brings."""
    insecure: bool = False
    """Accept any certificate of any server: whoever is on the way can then read and change everything."""
    proxies: dict[Literal["http", "https"], Secret] = Field(default_factory=dict)
    """Proxies by the scheme of the endpoint: `{https = "http://user:password@proxy:3128"}`."""
    connect_timeout: float = Field(default=10.0, gt=0, le=YEAR)
    """Seconds until a connection must be there."""
    read_timeout: float = Field(default=50.0, gt=0, le=YEAR)
    """Seconds that the server may be silent, before its answer or in the middle of it."""
    part_size: int = Field(default=16 * MIB, ge=5 * MIB, le=1024 * MIB, multiple_of=MIB)
    """Bytes of a part of an upload; what is not larger is sent by one request. Parts grow along large images, so
    that 10 000 of them always suffice."""
    lanes: int = Field(default=4, ge=1, le=64)
    """Parts of one image that are sent at once. The memory of an upload is about `lanes` + 3 times `part_size`."""
    read_lanes: int | None = Field(default=None, ge=1, le=32)
    """Ranges of one image that are fetched at once, 8 MiB each: more than 1 where one connection gets less than the
    whole bandwidth. None: 12 where the server takes more than 10 ms to answer a small request, else 1."""
    encryption: Literal["sse-s3", "sse-kms", "sse-c"] | None = None
    """How the server encrypts images: with a key of its own, of its key service, or with `customer_key`."""
    kms_key: str | None = None
    """With sse-kms: the key's id; None: the bucket's own."""
    customer_key: Secret | None = None
    """With sse-c: 32 bytes in base64. Without this key nobody reads the images again, the server's owner included."""
    storage_class: str | None = None
    """The class that new images are stored in, such as STANDARD_IA; None: as the bucket says."""
    checksum: Literal["md5", "crc32", "sha256", "none"] = "md5"
    """What the server is given to check each request's bytes by. md5 is understood by every server, and the ETag that
    it answers is compared, too; the others only by newer ones. With none, damage on the way is not noticed."""
    create_only: Literal["auto", "conditional", "turns"] = "auto"
    """How it is made sure that no image is overwritten: by the server, which has to know `If-None-Match` for single
    requests and for uploads in parts, or by taking turns, which costs four small requests. auto: what the server does
    with a trial object decides."""
    digests: bool = True
    """Digests are kept with the image: in its metadata, or for uploads in parts in a small object beside it."""
    abandoned_after: float = Field(default=86400.0, gt=0, le=YEAR)
    """Seconds without a new part after which an upload is taken for dead, and `orlop clean` removes it. A source that
    gives less than `part_size` in this time would lose its upload: rather too long than too short."""

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """`s3+https://s3.example.org/bucket/prefix`, also s3+http; the credentials as AWS's tools find them."""
        scheme, mark, rest = uri.partition("://")
        host, _, path = rest.partition("/")
        bucket, _, prefix = path.partition("/")
        if scheme.lower() not in {"s3+https", "s3+http"} or not mark or "@" in host or not bucket or "?" in path:
            raise InvalidLocation(_FORM, location=uri)
        try:
            endpoint = endpoint_of(f"{scheme.lower().removeprefix('s3+')}://{host}")
        except ValueError as error:
            raise InvalidLocation(f"the endpoint is wrong: {error}", location=uri) from None
        return cls(endpoint=endpoint.url, bucket=unquote(bucket), prefix=unquote(prefix), credential_chain=True)

    def scratch(self, name: str) -> Self:
        """The same bucket, with a prefix of its own."""
        return self.model_copy(update={"prefix": f"{self.prefix}.orlop-scratch-{name}/"})

    def secrets(self) -> list[str]:
        """Every secret value, also the passwords within the URLs of proxies, longest first."""
        found = set(super().secrets())
        for proxy in self.proxies.values():
            if password := urlsplit(proxy.get_secret_value()).password:
                found |= {password, unquote(password)}
        return sorted(found, key=lambda text: (-len(text), text))

    @property
    def server(self) -> Endpoint | None:
        """What `endpoint` names."""
        return None if self.endpoint is None else endpoint_of(self.endpoint)

    @field_validator("endpoint")
    @classmethod
    def _plain_endpoint(cls, value: str | None) -> str | None:
        return None if value is None else endpoint_of(value).url

    @field_validator("other_endpoints")
    @classmethod
    def _plain_endpoints(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(EVERY if name == EVERY else endpoint_of(name).url for name in value)

    @field_validator("prefix")
    @classmethod
    def _folder(cls, value: str) -> str:
        if not value:
            return value
        parts = value.removesuffix("/").split("/")
        if not all(parts) or {".", ".."} & set(parts) or not value.isprintable():
            raise ValueError("a prefix is made of names with '/' between them, such as images/ or cloud/images/")
        return "/".join(parts) + "/"

    @field_validator("proxies")
    @classmethod
    def _usable_proxies(cls, value: dict[str, Secret]) -> dict[str, Secret]:
        if not all(_is_proxy(proxy.get_secret_value()) for proxy in value.values()):
            raise ValueError(
                "a proxy is http://HOST:PORT, with USER:PASSWORD@ before the host where it wants that, "
                "in ASCII characters"
            )
        return value

    @field_validator("access_key", "session_token", "region", "kms_key", "storage_class")
    @classmethod
    def _fits_a_header(cls, value: str | Secret | None) -> str | Secret | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is not None and not _HEADER.fullmatch(text):
            raise ValueError("a header of a request cannot carry it: ASCII characters only, and no spaces")
        return value

    @field_validator("bucket", "other_buckets", "profile", "secret_key")
    @classmethod
    def _visible(cls, value: object) -> object:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        texts = plain if isinstance(plain, tuple) else (plain,)
        if not all(str(text).isprintable() for text in texts):
            raise ValueError("it holds control characters, such as the end of a line")
        return value

    @field_validator("customer_key")
    @classmethod
    def _whole_key(cls, value: Secret | None) -> Secret | None:
        if value is not None:
            try:
                key = base64.b64decode(value.get_secret_value(), validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if len(key) != 32:
                raise ValueError("the customer key is 32 bytes in base64: head -c 32 /dev/urandom | base64")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.insecure and self.ca_file is not None:
            raise ValueError("insecure and ca_file contradict each other; leave one of them out")
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key go together")
        if self.session_token is not None and self.access_key is None:
            raise ValueError("session_token goes with access_key and secret_key")
        if (self.access_key is not None) + (self.profile is not None) + self.credential_chain > 1:
            raise ValueError("access_key and secret_key, profile, and credential_chain exclude each other; keep one")
        if (self.customer_key is not None) != (self.encryption == "sse-c"):
            raise ValueError("customer_key and encryption = 'sse-c' go together")
        if self.kms_key is not None and self.encryption != "sse-kms":
            raise ValueError("kms_key goes with encryption = 'sse-kms'")
        return self


def _is_proxy(text: str) -> bool:
    if not text.isprintable():  # urlsplit overlooks ends of lines and tabs
        return False
    try:
        parts = urlsplit(text)
        login = unquote(parts.username or "") + unquote(parts.password or "")
        # botocore sends no others.
        plain = login.isascii() and login.isprintable()
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and plain
    except ValueError:
        return False
