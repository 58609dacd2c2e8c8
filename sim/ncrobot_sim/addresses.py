"""Under which address a resource was found: the way back that PyLabRobot doesn't keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ncrobot.errors import InternalError


class Addresses:
    """Finds resources by address, once each, and addresses by resource."""

    def __init__(self, find: Callable[[str], Any]) -> None:
        self._find = find
        self._resources: dict[str, Any] = {}
        self._addresses: dict[int, str] = {}

    def find(self, address: str) -> Any:
        """Return the resource at an address."""
        if address not in self._resources:
            resource = self._find(address)
            self._resources[address] = resource
            self._addresses[id(resource)] = address
        return self._resources[address]

    def of(self, resource: Any) -> str:
        """Return the address that a resource was found under.

        Raises:
            InternalError: nobody has asked for it by address.

        """
        try:
            return self._addresses[id(resource)]
        except KeyError:
            message = f"nobody knows the address of {resource.name}"
            raise InternalError(message) from None
