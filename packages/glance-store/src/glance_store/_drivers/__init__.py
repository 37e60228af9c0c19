"""The drivers' stores by the names they have always had; what each does is in orlop."""
