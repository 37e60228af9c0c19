"""What to raise when this machine cannot start a server or a fault."""


class Missing(Exception):
    """This machine lacks something; the message says what, and what would help.

    It is no failure of the thing under test: a test may skip with this as the reason (see skip.py).
    """
