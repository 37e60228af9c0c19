"""Keystone's own API, as its administrator uses it."""

import json
from typing import Any

import urllib3

from servers.keystone.account import Account


class Identity:
    """Finds or makes projects, roles, users, services and endpoints, and gives their ids."""

    def __init__(self, admin: Account) -> None:
        self._url = admin.auth_url
        self._headers = {"X-Auth-Token": admin.token(), "Content-Type": "application/json"}
        self._pool = urllib3.PoolManager(retries=False, timeout=30)

    def close(self) -> None:
        self._pool.clear()

    def project(self, name: str) -> str:
        return self._have("project", name, {"domain_id": "default"})

    def role(self, name: str) -> str:
        return self._have("role", name, {})

    def user(self, name: str, password: str) -> str:
        return self._have("user", name, {"domain_id": "default", "password": password})

    def grant(self, user: str, project: str, role: str) -> None:
        """Give the user the role in the project; all by their ids."""
        self._ask("PUT", f"/projects/{project}/users/{user}/roles/{role}")

    def service(self, kind: str, name: str) -> str:
        return self._have("service", name, {"type": kind})

    def endpoint(self, service: str, interface: str, region: str, url: str) -> None:
        """Say where a service is; a region that is new is made."""
        self.no_endpoint(service, interface, region)
        told = {"service_id": service, "interface": interface, "region": region, "url": url}
        self._ask("POST", "/endpoints", {"endpoint": told})

    def no_endpoint(self, service: str, interface: str, region: str) -> None:
        """Say no more where it is."""
        where = f"service_id={service}&interface={interface}&region_id={region}"
        for old in self._ask("GET", f"/endpoints?{where}")["endpoints"]:
            self._ask("DELETE", f"/endpoints/{old['id']}")

    def _have(self, kind: str, name: str, told: dict[str, str]) -> str:
        found = self._ask("GET", f"/{kind}s?name={name}")[f"{kind}s"]
        one = found[0] if found else self._ask("POST", f"/{kind}s", {kind: {"name": name, **told}})[kind]
        identifier: str = one["id"]
        return identifier

    def _ask(self, method: str, path: str, told: dict[str, Any] | None = None) -> Any:
        body = None if told is None else json.dumps(told)
        answer = self._pool.request(method, self._url + path, body=body, headers=self._headers)
        if answer.status >= 300:
            raise RuntimeError(f"Keystone answered {answer.status} to {method} {path}: {answer.data[:500]!r}")
        return json.loads(answer.data) if answer.data else None
