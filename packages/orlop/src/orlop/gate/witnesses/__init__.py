"""The witnesses of the drivers that come with orlop."""
