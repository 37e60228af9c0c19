"""The cases, one file per idea; `orlop.gate.suite.Gate` has them all."""
