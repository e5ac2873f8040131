"""The rate limiter of a source, and its parts: bucket, windows, pacing, cool-down, turns."""

from adce_async.engine.limiter.bucket import Bucket
from adce_async.engine.limiter.limiter import HOLD_SECONDS, RateLimiter
from adce_async.engine.limiter.permit import Permit
from adce_async.model.limits import Limits, Pacing

__all__ = ["HOLD_SECONDS", "Bucket", "Limits", "Pacing", "Permit", "RateLimiter"]
