"""One function for each operationId: turns an authenticated session into an answer."""

from handlers.auth import refresh_session

OPERATIONS = {"refreshAuthSession": refresh_session}
