"""The drivers that come with orlop, one folder each; `orlop.registry` finds them."""
