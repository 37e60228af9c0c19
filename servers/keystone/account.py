"""A user who can log in."""

import json
from dataclasses import dataclass, field
from typing import Any

import urllib3


@dataclass(frozen=True)
class Account:
    """A user with one project, both of the domain `default`; `auth_url` is Keystone's, with /v3 at its end."""

    auth_url: str
    project: str
    user: str
    password: str = field(repr=False)
    region: str = "RegionOne"

    def environment(self) -> dict[str, str]:
        """Return the variables by which OpenStack's clients log in."""
        return {
            "OS_AUTH_URL": self.auth_url,
            "OS_IDENTITY_API_VERSION": "3",
            "OS_USERNAME": self.user,
            "OS_PASSWORD": self.password,
            "OS_PROJECT_NAME": self.project,
            "OS_USER_DOMAIN_ID": "default",
            "OS_PROJECT_DOMAIN_ID": "default",
            "OS_REGION_NAME": self.region,
        }

    def middleware(self) -> dict[str, str]:
        """Return the options of a service's `[keystone_authtoken]`, if this is the service's user."""
        return {
            "www_authenticate_uri": self.auth_url,
            "auth_url": self.auth_url,
            "auth_type": "password",
            "project_domain_id": "default",
            "user_domain_id": "default",
            "project_name": self.project,
            "username": self.user,
            "password": self.password,
            "service_token_roles_required": "true",
        }

    def token(self) -> str:
        """Log in, and return the token."""
        return self._log_in().headers["X-Subject-Token"]

    def scope(self) -> dict[str, Any]:
        """Log in, and return what Keystone says of the token: user, project and roles with their ids, the catalogue."""
        told: dict[str, Any] = self._log_in().json()["token"]
        return told

    def _log_in(self) -> urllib3.BaseHTTPResponse:
        user = {"name": self.user, "domain": {"id": "default"}, "password": self.password}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"name": self.project, "domain": {"id": "default"}}}
        body = json.dumps({"auth": {"identity": identity, "scope": scope}})
        headers = {"Content-Type": "application/json"}
        with urllib3.PoolManager(retries=False, timeout=30) as pool:
            answer = pool.request("POST", f"{self.auth_url}/auth/tokens", body=body, headers=headers)
        if answer.status != 201:
            raise RuntimeError(f"{self.user} could not log in: {answer.status} {answer.data[:500]!r}")
        return answer
