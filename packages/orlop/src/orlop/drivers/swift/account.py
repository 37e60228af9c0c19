"""Who a store is to Keystone, or to tempauth: one set of credentials."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

from orlop.settings import Secret


def problem_of_url(url: str) -> str | None:
    """What is wrong with the URL of a Keystone or Swift; None when nothing is. It says nothing of what is in it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "has a malformed host or port"
    if parts.scheme not in {"https", "http"} or not parts.netloc:
        return "does not begin with https:// or http:// and a host"
    if "@" in url:
        return "names a user; there are user and key for that"
    if "?" in url or "#" in url:
        return "has a query or a fragment"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "has characters that no URL has"
    return None


class Account(BaseModel):
    """Credentials, and where they are valid: by Keystone (v3), by tempauth (v1), or from clouds.yaml."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True, use_attribute_docstrings=True
    )

    cloud: str | None = None
    """A cloud of clouds.yaml; in place of all that follows. With neither this nor `auth_url`, it is as OpenStack's
    clients have it: OS_CLOUD, or else the OS_* variables."""
    auth_url: str | None = None
    """Where to log in: Keystone's `https://HOST/v3`, or `https://HOST/auth/v1.0` of tempauth."""
    auth_version: Literal["3", "1"] = "3"
    """3: Keystone. 1: tempauth, as Swift itself and radosgw have it."""
    user: str | None = None
    """The user's name; for tempauth `ACCOUNT:USER`."""
    user_id: str | None = None
    """The user's id, in place of `user`."""
    key: Secret | None = None
    """The user's password."""
    user_domain_id: str | None = None
    """The domain of the user; `default` when neither its id nor its name is set."""
    user_domain_name: str | None = None
    """The same by its name."""
    project: str | None = None
    """The project in whose account the images are, by its name."""
    project_id: str | None = None
    """The same by its id."""
    project_domain_id: str | None = None
    """The domain of the project; `default` when neither its id nor its name is set."""
    project_domain_name: str | None = None
    """The same by its name."""
    application_credential_id: str | None = None
    """An application credential, in place of user and project."""
    application_credential_secret: Secret | None = None
    """Its secret."""
    trust_id: str | None = None
    """A trust through which the user acts, in place of a project."""

    @field_validator("auth_url")
    @classmethod
    def _plain_auth_url(cls, value: str | None) -> str | None:
        if value is not None and (problem := problem_of_url(value)):
            raise ValueError(f"the URL {problem}")
        return value

    def problem(self) -> str | None:
        """What is missing or too much; None when they can be used."""
        wrong = {
            "cloud and auth_url: only one of them says where to log in": self.cloud and self.auth_url,
            "application_credential_id and application_credential_secret belong together": (
                self.application_credential_id is None
            )
            != (self.application_credential_secret is None),
            "application credentials are Keystone's: auth_version is 3": self.application_credential_id
            and self.auth_version != "3",
            "user and key of v1 authentication are sent in headers: no control characters, and no space around them": (
                self.auth_version == "1" and not _fits_into_headers(self.user, self.key)
            ),
            "user and key are needed, or an application credential": self.auth_url
            and not self.application_credential_id
            and (self.key is None or not (self.user or self.user_id)),
            "project or project_id is needed": self.auth_url
            and not self.application_credential_id
            and self.auth_version == "3"
            and not (self.project or self.project_id or self.trust_id),
        }
        return next((text for text, is_so in wrong.items() if is_so), None)


def _fits_into_headers(user: str | None, key: Secret | None) -> bool:
    told = [user or "", key.get_secret_value() if key is not None else ""]
    return all(text == text.strip() and not any(ord(one) < 0x20 or one == "\x7f" for one in text) for text in told)
