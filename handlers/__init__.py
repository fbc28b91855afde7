"""One function for each operationId of the documents: it turns an authenticated identity into a response."""

from handlers.auth import refresh_session
from handlers.verification import verify_session

OPERATIONS = {"refreshAuthSession": refresh_session, "verifySession": verify_session}
