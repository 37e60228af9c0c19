"""The report of a gate as one HTML file that can be sent around: no script, nothing from elsewhere, for any screen."""
