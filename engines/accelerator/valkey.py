"""Leases of a GPU in Valkey, or anything that speaks its protocol and runs Lua: each call is one atomic script.

The store is disposable. Emptied, it grants nothing for the length of a lease: by then every holder from before has
noticed. Tokens go by its clock too, and so grow on. One store, not a replicated pair: a replica that takes over may not
know the last grant.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import redis

from engines.accelerator import Claim, GpuBusy, GpuUnavailable, Lease, Place, Usage, Waiter

LEASE_SECONDS = 10.0
LONGEST_QUEUE = 32
PLACE_SECONDS = 5.0  # a place that nobody asks for again is given up
_GUESS_SECONDS = 10.0  # a turn of a service that never had one
_SCRIPT = Path(__file__).with_name("lease.lua").read_text(encoding="utf-8")


class ValkeyAccelerator:
    def __init__(
        self, url: str, device: str, *, seconds: float = LEASE_SECONDS, longest_queue: int = LONGEST_QUEUE
    ) -> None:
        """`seconds`: of a lease. `longest_queue`: claims that may wait; one owner's may be a quarter of them."""
        self._device = device
        self._seconds = seconds
        # Renewing must fail early enough to be tried again.
        patience = min(1.0, seconds / 5)
        self._client = redis.Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience)
        self._script = self._client.register_script(_SCRIPT)
        self._limits = {
            "lease": round(1000 * seconds),
            "place": round(1000 * PLACE_SECONDS),
            "guess": round(1000 * _GUESS_SECONDS),
            "longest": longest_queue,
            "share": max(1, longest_queue // 4),
        }

    @property
    def device(self) -> str:
        return self._device

    @property
    def seconds(self) -> float:
        return self._seconds

    def take(self, claim: Claim, *, queue: bool = True) -> Lease | Place:
        said = self._call(
            "take", id=claim.ident, service=claim.service, shared=claim.shared, label=claim.label, owner=claim.owner,
            queue=queue,
        )  # fmt: skip
        if "token" in said:
            return Lease(claim, int(said["token"]))
        if said.get("full"):
            raise GpuBusy("too many wait for the GPU", retry_after=max(1.0, said["eta"] / 1000))
        return Place(int(said["place"]), said["eta"] / 1000, said["holder"], said["held"] / 1000)

    def renew(self, lease: Lease) -> bool:
        return bool(self._call("renew", id=lease.claim.ident, token=lease.token)["held"])

    def admits(self, lease: Lease) -> bool:
        return bool(self._call("admits", id=lease.claim.ident, token=lease.token)["held"])

    def release(self, claim: Claim) -> None:
        self._call("release", id=claim.ident)

    def usage(self) -> Usage:
        said = self._call("usage")
        waiting = tuple(
            Waiter(each["service"], each["label"], int(each["place"]), each["eta"] / 1000, each["waited"] / 1000)
            for each in said["waiting"] or ()  # an empty list of Lua's comes as {}
        )
        return Usage(
            self._device, said["holder"], int(said["token"]), said["held"] / 1000, int(said["calls"]),
            said["settling"] / 1000, waiting,
        )  # fmt: skip

    def close(self) -> None:
        self._client.close()

    def _call(self, operation: str, **asked: Any) -> dict[str, Any]:
        try:
            answer = self._script(
                keys=[f"gpu:{self._device}"], args=[json.dumps({**self._limits, **asked, "op": operation})]
            )
        except redis.RedisError as error:
            raise GpuUnavailable(f"the leases of the GPU cannot be asked for ({type(error).__name__})") from error
        found: dict[str, Any] = json.loads(answer)
        return found
