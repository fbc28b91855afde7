"""What a connection is doing."""

import enum


class State(enum.Enum):
    """The states of a connection, in the order in which it goes through them."""

    IDLE = enum.auto()  # waiting for a request
    HEAD = enum.auto()  # reading a head
    BODY = enum.auto()  # reading a body
    RESPONSE = enum.auto()  # the application is running
    CLOSING = enum.auto()  # the last response is written; what still comes is discarded
