"""Configuration files, read back by oslo.config."""

from __future__ import annotations

from pathlib import Path

from oslo_config import cfg

from servers.ini import Groups, ini, merged


def test_oslo_config_reads_what_was_written(tmp_path: Path) -> None:
    first: Groups = {"DEFAULT": {"one": "a$b$$c%d"}, "fast": {"two": 7}}
    file = tmp_path / "some.conf"
    file.write_text(ini(merged(first, {"fast": {"two": 8, "three": True}})))
    conf = cfg.ConfigOpts()
    conf.register_opt(cfg.StrOpt("one"))
    conf.register_opts([cfg.IntOpt("two"), cfg.BoolOpt("three")], group="fast")
    conf([], default_config_files=[str(file)])
    assert (conf.one, conf.fast.two, conf.fast.three) == ("a$b$$c%d", 8, True)
