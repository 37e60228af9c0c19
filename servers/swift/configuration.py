"""What Swift's servers are told, file by file."""

from collections.abc import Mapping
from pathlib import Path

from servers.ini import Groups, ini, merged
from servers.keystone import Account

BACKENDS = ("account", "container", "object")
"""The servers behind the proxy."""

_BEFORE_AUTH = (
    *("catch_errors", "gatekeeper", "healthcheck", "proxy-logging", "cache", "listing_formats"),
    *("bulk", "tempurl", "ratelimit", "s3api"),
)
_AFTER_AUTH = (
    *("copy", "container-quotas", "account-quotas", "slo", "dlo", "versioned_writes"),
    *("proxy-logging", "proxy-server"),
)
_PATIENCE = {"conn_timeout": 10, "node_timeout": 60}
"""Seconds. On a busy machine an update of a listing comes late by default, and nothing here makes it up afterwards."""


def write_configuration(
    folder: Path,
    ports: dict[str, int],
    *,
    service: Account | None,
    user: tuple[str, str, str],
    options: Groups,
    constraints: Mapping[str, int],
) -> None:
    """Write the files of all servers below `folder`/etc.

    service: Swift's own account of Keystone; None: users come by tempauth alone. user: the account, the name and the
    password of tempauth's one user. options: groups of the proxy's file, beside and before those written here.
    constraints: of all servers, such as container_listing_limit.
    """
    etc = folder / "etc"
    (etc / "swift.conf").write_text(
        ini(
            {
                "swift-hash": {"swift_hash_path_prefix": "p", "swift_hash_path_suffix": "s"},
                "storage-policy:0": {"name": "one", "default": "yes"},
                **({"swift-constraints": dict(constraints)} if constraints else {}),
            }
        )
    )
    for name in BACKENDS:
        groups: dict[str, dict[str, object]] = {
            "DEFAULT": {**_common(folder, ports[name]), "devices": folder / "srv", "mount_check": "false"},
            "pipeline:main": {"pipeline": f"{name}-server"},
            f"app:{name}-server": {"use": f"egg:swift#{name}", **_PATIENCE},
        }
        groups["DEFAULT"] |= {"fallocate_reserve": 0, "container_update_timeout": 60}
        (etc / f"{name}-server.conf").write_text(ini(groups))
    (etc / "proxy-server.conf").write_text(ini(merged(_proxy(folder, ports, service, user), options)))


def _common(folder: Path, port: int) -> dict[str, object]:
    return {
        "bind_ip": "127.0.0.1",
        "bind_port": port,
        "workers": 0,  # none beside the process itself: it is ended by its pid
        "user": "root",
        "swift_dir": folder / "etc",
        "log_level": "INFO",
    }


def _proxy(
    folder: Path, ports: dict[str, int], service: Account | None, user: tuple[str, str, str]
) -> dict[str, dict[str, object]]:
    account, name, password = user
    # Tempauth comes last: it lets pass what is for the accounts of others, and Keystone's filter does so too.
    auth = ["tempauth"] if service is None else ["s3token", "authtoken", "keystoneauth", "tempauth"]
    filters = {name: f"egg:swift#{name.replace('-', '_')}" for name in (*_BEFORE_AUTH, *_AFTER_AUTH[:-2])}
    filters["cache"] = "egg:swift#memcache"
    groups: dict[str, dict[str, object]] = {
        "DEFAULT": _common(folder, ports["proxy"]),
        "pipeline:main": {"pipeline": " ".join([*_BEFORE_AUTH, *auth, *_AFTER_AUTH])},
        "app:proxy-server": {"use": "egg:swift#proxy", "account_autocreate": "true", **_PATIENCE},
        **{f"filter:{name}": {"use": egg} for name, egg in filters.items()},
        "filter:tempauth": {
            "use": "egg:swift#tempauth",
            "reseller_prefix": "TEMP",
            f"user_{account}_{name}": f"{password} .admin http://127.0.0.1:{ports['proxy']}/v1/TEMP_{account}",
        },
    }
    groups["filter:cache"]["memcache_servers"] = f"127.0.0.1:{ports['memcached']}"
    groups["filter:versioned_writes"]["allow_versioned_writes"] = "true"
    groups["filter:s3api"]["location"] = "us-east-1"
    if service is not None:
        groups["filter:s3token"] = {
            "use": "egg:swift#s3token",
            "auth_uri": service.auth_url,
            "delay_auth_decision": "true",
        }
        groups["filter:authtoken"] = {
            "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory",
            **service.middleware(),
            "delay_auth_decision": "true",
            "cache": "swift.cache",  # Swift's own client of memcached; keystonemiddleware would want another
            "include_service_catalog": "false",
        }
        groups["filter:keystoneauth"] = {
            "use": "egg:swift#keystoneauth",
            "operator_roles": "admin, swiftoperator",
            "reseller_admin_role": "ResellerAdmin",
        }
    return groups
