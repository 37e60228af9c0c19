"""botocore's session of one store, of which the process's environment decides nothing.

botocore takes a profile, certificate authorities, a region, retries, service models and plug-ins from variables and
from `~/.aws` where it is told nothing. Here every such value is botocore's own default. Only the keys, and the region
that goes with them, come from there, where the settings name a `profile` or want the `credential_chain`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, ConfigValueStore, ConstantProvider
from botocore.exceptions import NoCredentialsError
from botocore.loaders import Loader
from botocore.plugin import PluginContext, reset_plugin_context, set_plugin_context
from botocore.session import Session

from orlop.drivers.s3.settings import S3Settings
from orlop.errors import InvalidSettings

_REGION = "us-east-1"
_WHOSE = (
    "no keys: set access_key and secret_key, or profile, or credential_chain = true for those that AWS's own tools "
    "find in the environment, or the role of the machine"
)
_NOT_OF_A_PROFILE = ("boto-config", "ec2-credentials-file", "container-role", "iam-role")
"""Where botocore looks for keys after it has found none in the profile that was named."""


class _Given:
    """Gives the keys that were found already, as a component of a session."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        """The keys."""
        return self._credentials


def session_for(settings: S3Settings) -> tuple[Session, str]:
    """A session with the keys that the settings name, and the region.

    Raises:
        botocore's errors: the profile, or a key, is not to be found.
        InvalidSettings: they name no keys, or no region is known.
    """
    region = settings.region or (_REGION if settings.endpoint is not None else None)
    if settings.access_key is not None and settings.secret_key is not None:
        session = _isolated()
        token = None if settings.session_token is None else settings.session_token.get_secret_value()
        session.set_credentials(settings.access_key, settings.secret_key.get_secret_value(), token)
        return session, _known(region)
    if settings.profile is None and not settings.credential_chain:
        raise InvalidSettings(_WHOSE)
    chain = Session(profile=settings.profile)
    if settings.profile is not None:
        resolver = chain.get_component("credential_provider")
        for name in _NOT_OF_A_PROFILE:
            resolver.remove(name)
    credentials = chain.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    session = _isolated()
    session.register_component("credential_provider", _Given(credentials))
    return session, _known(region or chain.get_config_variable("region"))


@contextmanager
def without_plugins() -> Iterator[None]:
    """A context in which botocore loads no plug-ins that the environment names."""
    token = set_plugin_context(PluginContext(plugins="DISABLED"))
    try:
        yield
    finally:
        reset_plugin_context(token)


def _known(region: str | None) -> str:
    if region is None:
        raise InvalidSettings("no region is known; set region, or endpoint for a server that is not AWS")
    return region


def _isolated() -> Session:
    session = Session()
    own: dict[str, Any] = {
        name: ConstantProvider(value=default)
        for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
        if default is not None
    }
    # The null device is no file to botocore, and so nothing is read.
    own.update(dict.fromkeys(("config_file", "credentials_file"), ConstantProvider(value=os.devnull)))
    session.register_component("config_store", ConfigValueStore(mapping=own))
    # Not the models below ~/.aws, which may say where a region's server is.
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    return session
