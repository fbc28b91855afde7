"""Attacks on device binding: what is sent in the place of a good proof, challenge or device cookie."""

from tests.support.device_attacks.cookies import COOKIES
from tests.support.device_attacks.registrations import REGISTRATIONS
from tests.support.device_attacks.renewals import CHALLENGED, RENEWALS

__all__ = ["CHALLENGED", "COOKIES", "REGISTRATIONS", "RENEWALS"]
