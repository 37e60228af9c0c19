"""A server that is far away, as the fault proxy has it."""

from servers.fault_proxy import Way

LATE = 0.02
"""Seconds, each way."""
WINDOW = 4 << 20
"""Bytes of a connection that may be under way."""
WINDOW_OF = "as much as Linux keeps at most for a sender that has set nothing, tcp_wmem in tcp(7)"
FAR = Way(latency=LATE, window=WINDOW)
