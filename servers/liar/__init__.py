"""A server that sends the bytes that a test gives it, true or not."""

from servers.liar.answers import Answer, head, honest
from servers.liar.liar import Liar
from servers.liar.talker import Talk, Talker
from servers.liar.talks import endlessly, says, silent

__all__ = ["Answer", "Liar", "Talk", "Talker", "endlessly", "head", "honest", "says", "silent"]
