"""The functions that mark texts for translation, for drivers of others; our own texts are English only."""

from __future__ import annotations

import oslo_i18n

_factory = oslo_i18n.TranslatorFactory(domain="glance_store")

_ = _factory.primary
_LC = _factory.log_critical
_LE = _factory.log_error
_LI = _factory.log_info
_LW = _factory.log_warning
