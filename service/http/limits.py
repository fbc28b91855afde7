"""The limits of a message and of a connection: whatever a client does, what is held for it is bounded (CWE-400)."""

MAX_HEAD_BYTES = 16_384  # request line and headers
MAX_BODY_BYTES = 1_024

# Seconds.
HEAD_SECONDS = 10.0  # from the first byte of a request, or from the connection, to the end of its head
BODY_SECONDS = 10.0  # from the end of the head to the end of the body
WRITE_SECONDS = 10.0  # without the client taking any of a response
DRAIN_SECONDS = 0.5  # how long an idle connection is kept when the service stops: a request may be on its way
LINGER_SECONDS = 1.0  # how long we read on after a response that closes, so that the client can read it

WRITE_PIECE_BYTES = 16_384  # a long response is written piece by piece; more is not buffered for a client
