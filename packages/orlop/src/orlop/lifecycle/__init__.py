"""The life of drivers: who keeps one, what proves it, and what becomes of it - as data, and rules over them.

`record` is what a driver says of itself, `calendar` the cycles that dates are counted in, `tombstones` what is gone,
`evidence` the results of gates. `policy` says from these and a date what a driver's status should be; `admission` is
what its present status means to those who open a store.
"""
