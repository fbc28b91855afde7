"""The limits of a message and of a connection: whatever a client does, what is held for it is bounded (CWE-400)."""

MAX_HEAD_BYTES = 16_384  # request line and headers
MAX_BODY_BYTES = 1_024
MAX_STATEMENT_BYTES = 16_384  # of a body on the internal listener
MAX_CHUNK_FRAMING_BYTES = 15_360  # of the sizes, extensions and trailers of a body in chunks

# Seconds.
HEAD_SECONDS = 10.0  # from the first byte of a request, or from the connection, to the end of its head
BODY_SECONDS = 10.0  # from the end of the head to the end of the body
WRITE_SECONDS = 10.0  # without the client taking any of a response
DRAIN_SECONDS = 0.5  # when the service stops: a request may be in flight on a connection that looks idle
LINGER_SECONDS = 1.0  # of discarding input before closing, so that the client can read the response

STATEMENT_PAUSE_SECONDS = 1.0  # before each 429 for statements: a connection that floods gets one answer a second

WRITE_PIECE_BYTES = 16_384  # a long response is written in pieces; the buffer of a connection holds about two
