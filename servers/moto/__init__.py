"""moto: a simulation of AWS, of which S3 is used here."""

from servers.moto.server import Moto

__all__ = ["Moto"]
