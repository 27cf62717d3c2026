"""The broker that somebody else runs and that a fleet of ours is to use."""

from __future__ import annotations

from redis.exceptions import RedisError

from ygg import keys
from ygg.broker import connect, place_of
from ygg.settings import Settings

TIMEOUT_SECONDS = 2.0


def trouble(settings: Settings) -> str | None:
    """What is wrong with it, said without its password; nothing if it answers."""
    where = f"the broker at {without_password(settings.redis_url.get_secret_value())}"
    try:
        with connect(settings, timeout_seconds=TIMEOUT_SECONDS) as redis:
            user = redis.get(keys.COORDINATOR)
    except ValueError:  # what it says may hold a piece of the password
        return f"{where} cannot be used: that is no address, or its password needs %-escapes"
    except RedisError as error:
        return f"{where} cannot be reached: {str(error).rstrip('.')}"
    place = user.decode().partition(" ")[2] if isinstance(user, bytes) else ""
    if place and place != place_of(settings):
        return f"{where} is used by another coordinator, {place}: each needs a database of its own"
    return None


def without_password(url: str) -> str:
    """Whatever comes before the last @ or in the query is taken for secret, well formed or not."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    secret, at, place = rest.rpartition("@")
    user, colon, _ = secret.partition(":")
    return f"{scheme}://{user if colon else ''}:***@{place}" if at else f"{scheme}://{rest}"
