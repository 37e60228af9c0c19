"""The documentation site: Sphinx, pages in Markdown. `make docs` builds it."""

project = "orlop"
copyright = "the orlop team"  # noqa: A001 - Sphinx wants this name
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "orlop"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
smartquotes = False  # it makes an en dash of the -- of an option, which a shell does not take
