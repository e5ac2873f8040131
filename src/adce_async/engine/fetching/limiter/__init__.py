"""The rate limiter of a source: the arithmetic of its limits (`planning.limits`), held permits, and a fair queue."""

from adce_async.engine.fetching.limiter.limiter import HOLD_SECONDS, RateLimiter
from adce_async.engine.fetching.limiter.permit import Permit
from adce_async.model.limits import Limits, Pacing

__all__ = ["HOLD_SECONDS", "Limits", "Pacing", "Permit", "RateLimiter"]
